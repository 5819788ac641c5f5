// Figures of the model reader and of a call: opens a 400 MB model in fresh processes, and times calls beside Python's where it has onnxruntime.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createNativeSession } from '../../devices/runtime/native-session.ts';
import { firstSeededRun } from '../../devices/runtime/seeded-run.ts';
import { inspectModel } from '../../electron/backend/models/inspect-model.ts';
import { openOnnx } from '../../electron/backend/models/onnx-file.ts';
import { median } from '../../shared/domain/statistics-order.ts';
import { writeLargeModel } from '../helpers/large-model.ts';

const { values } = parseArgs({
  options: {
    /** A large model; default: one of 400 MB, made for the purpose. */
    large: { type: 'string' },
    /** Internal: opens this file in this process and prints one line of JSON. */
    open: { type: 'string' },
    small: { type: 'string', default: fileURLToPath(new URL('../fixtures/models/mnist.onnx', import.meta.url)) },
    /** A Python that has onnxruntime; default: no comparison. */
    python: { type: 'string' },
    blocks: { type: 'string', default: '30' },
  },
});

async function openOnce(path: string): Promise<object> {
  const peakBefore = process.resourceUsage().maxRSS;
  const startMs = performance.now();
  const file = await openOnnx(path);
  const openMs = performance.now() - startMs;
  const { nodeCount } = inspectModel(file);
  const totalMs = performance.now() - startMs;
  return { openMs, totalMs, nodeCount, peakGrowthMiB: (process.resourceUsage().maxRSS - peakBefore) / 1024 };
}

function openInFreshProcesses(path: string): void {
  const runs = Array.from({ length: 5 }, () => {
    const line = execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--open', path], { encoding: 'utf8' });
    return JSON.parse(line) as { openMs: number; totalMs: number; peakGrowthMiB: number };
  });
  const of = (key: 'openMs' | 'totalMs' | 'peakGrowthMiB'): string => median(runs.map((run) => run[key])).toFixed(1);
  const mb = (statSync(path).size / 1e6).toFixed(0);
  process.stdout.write(
    `open ${mb} MB: ${of('openMs')} ms, with inspection ${of('totalMs')} ms, memory +${of('peakGrowthMiB')} MiB (medians of 5 processes)\n`,
  );
}

/** One line in: run a block; one line out: the median call in microseconds. */
const PYTHON_SIDE = `
import sys, time, statistics, numpy as np, onnxruntime as ort
so = ort.SessionOptions(); so.intra_op_num_threads = 1; so.inter_op_num_threads = 1
s = ort.InferenceSession(sys.argv[1], so, providers=['CPUExecutionProvider'])
i = s.get_inputs()[0]
shape = [d if isinstance(d, int) else 1 for d in i.shape]
feeds = {i.name: np.random.default_rng(1).random(shape, dtype=np.float32)}
for line in sys.stdin:
    end = time.perf_counter() + 0.1; samples = []
    while time.perf_counter() < end:
        t = time.perf_counter_ns(); s.run(None, feeds); samples.append((time.perf_counter_ns() - t) / 1000)
    print(statistics.median(samples), flush=True)
`;

async function compareCalls(path: string, python: string, blocks: number): Promise<void> {
  const session = createNativeSession(path, { intraOpNumThreads: 1 });
  const { feeds, outputs } = await firstSeededRun(session, { batch: 1, seed: 1 });
  const call = session.prepare(feeds, outputs);
  const child: ChildProcess = spawn(python, ['-c', PYTHON_SIDE, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (!child.stdout || !child.stdin) throw new Error('no pipes');
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let block = 0; block < blocks; block++) {
    // Alternating order, so that a slow drift hits both alike.
    if (block % 2 === 0) ours.push(timeBlock(call));
    child.stdin.write('block\n');
    const answer = await answers.next();
    if (answer.done) throw new Error('Python ended early');
    theirs.push(Number(answer.value));
    if (block % 2 === 1) ours.push(timeBlock(call));
  }
  child.stdin.end();
  const ratios = ours.map((us, i) => Math.log(us / (theirs[i] ?? Number.NaN)));
  process.stdout.write(
    `call: ours ${median(ours).toFixed(1)} us, Python ${median(theirs).toFixed(1)} us, ` +
      `median ratio ${Math.exp(median(ratios)).toFixed(3)} over ${blocks} interleaved blocks\n`,
  );
}

function timeBlock(call: () => void): number {
  const samples: number[] = [];
  const endMs = performance.now() + 100;
  while (performance.now() < endMs) {
    const startMs = performance.now();
    call();
    samples.push((performance.now() - startMs) * 1000);
  }
  return median(samples);
}

if (values.open !== undefined) {
  process.stdout.write(`${JSON.stringify(await openOnce(values.open))}\n`);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-figures-'));
  try {
    const large = values.large ?? join(folder, 'large.onnx');
    if (values.large === undefined) await writeLargeModel(large, 400);
    openInFreshProcesses(large);
    if (values.python !== undefined) await compareCalls(values.small, values.python, Number(values.blocks));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
