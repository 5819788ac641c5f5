// `npm run bench:parity -- --models FOLDER`: Lineside's sidecar against Python onnxruntime in one interleaved run, with a second copy
// of the sidecar beside it. Prints JSON. FOLDER holds squeezenet1-fp32.onnx and zoo/digits-resnet.onnx; mnist.onnx is in the checkout.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from '../../devices/runtime/make-inputs.ts';
import { compareArms } from '../../shared/domain/statistics-compare.ts';
import { median } from '../../shared/domain/statistics-order.ts';
import { ONNXRUNTIME_VERSION } from '../../shared/domain/versions.ts';
import { type Arm, compareOutputs, type ParityCase, startLineside, startPython, writeInputs } from './parity/arms.ts';

const { values } = parseArgs({
  options: {
    models: { type: 'string' },
    /** A Python that has onnxruntime and numpy. */
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '10' },
    blocks: { type: 'string', default: '6' },
    'block-ms': { type: 'string', default: '150' },
    /** Keep all processes on the last core. */
    pin: { type: 'boolean', default: false },
  },
});

const say = (text: string): boolean => process.stderr.write(`${text}\n`);
const placement = { python: values.python, pin: values.pin ? availableParallelism() - 1 : null };
const mnist = fileURLToPath(new URL('../fixtures/models/mnist.onnx', import.meta.url));
const inFolder = (path: string): string => join(values.models ?? '', path);
const cases: ParityCase[] = [
  { name: 'mnist', onnxPath: mnist, batch: 1, threads: 1 },
  { name: 'squeezenet1-fp32', onnxPath: inFolder('squeezenet1-fp32.onnx'), batch: 1, threads: 1 },
  { name: 'digits-resnet, batch 32', onnxPath: inFolder('zoo/digits-resnet.onnx'), batch: 32, threads: 1 },
].filter(({ onnxPath }) => existsSync(onnxPath));

/** Arms 0 and 1 are the sidecar twice, 2 is Python; each round has fresh processes, each set of blocks a random order. */
async function measure(parity: ParityCase, folder: string) {
  const random = createRandom(7);
  const blocks: { process: number; arm: number; timeMs: number; medianMs: number; calls: number }[] = [];
  const startedMs = performance.now();
  for (let round = 0; round < Number(values.rounds); round++) {
    const arms: Arm[] = [
      await startLineside(parity, placement),
      await startLineside(parity, placement),
      await startPython(parity, placement, folder),
    ];
    for (const arm of arms) await arm.block(Number(values['block-ms']));
    for (let set = 0; set < Number(values.blocks); set++) {
      for (const index of shuffled(arms.length, random)) {
        const timeMs = performance.now() - startedMs;
        const block = await arms[index]?.block(Number(values['block-ms']));
        if (block) blocks.push({ process: round, arm: index, timeMs, ...block });
      }
    }
    for (const arm of arms) await arm.close();
  }
  return blocks;
}

function shuffled(length: number, random: () => number): number[] {
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

const folder = await mkdtemp(join(tmpdir(), 'lineside-parity-'));
try {
  execFileSync(values.python, ['-c', 'import onnxruntime, numpy']);
  const report: Record<string, unknown> = {
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    node: process.version,
    onnxruntime: ONNXRUNTIME_VERSION,
    pinned: placement.pin !== null,
  };
  for (const [i, parity] of cases.entries()) {
    say(`${parity.name} …`);
    const inputs = join(folder, String(i));
    const feeds = await writeInputs(parity, placement, inputs);
    const { areIdentical, pythonVersion } = await compareOutputs(parity, placement, inputs, feeds);
    const blocks = await measure(parity, inputs);
    const { candidates, aa } = compareArms({ blocks, threshold: 0.03, seed: 1 });
    const medianOf = (arm: number): number =>
      median(blocks.filter((one) => one.arm === arm).map((one) => one.medianMs));
    const ratio = candidates[0]?.ratio;
    const percent = (value: number | undefined): number => Number(((value ?? Number.NaN) * 100 - 100).toFixed(2));
    report[parity.name] = {
      pythonVersion,
      outputsIdentical: areIdentical,
      linesideP50Ms: medianOf(0),
      pythonP50Ms: medianOf(2),
      linesideMinusPythonUs: (medianOf(0) - medianOf(2)) * 1000,
      // The comparison has Lineside as A; the other way round it says what Lineside costs over Python.
      linesideOverPythonPercent: ratio && [1 / ratio.estimate, 1 / ratio.high, 1 / ratio.low].map(percent),
      aaPercent: [aa.estimate, aa.low, aa.high].map(percent),
    };
    say(JSON.stringify(report[parity.name]));
  }
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
