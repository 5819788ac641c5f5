// The two sides of the parity benchmark, each a fresh process that times blocks of calls on the same bytes.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeInputs } from '../../../devices/runtime/make-inputs.ts';
import type { RunnerAnswer } from '../../../devices/runtime/runner/runner-protocol.ts';
import { fromWireTensors, toWireTensors } from '../../../devices/runtime/runner/wire-tensors.ts';
import { bytesOfTensor, type Tensors } from '../../../devices/runtime/tensor.ts';
import type { TensorInfo } from '../../../shared/contract/common.ts';
import { startLineProcess } from './line-process.ts';

const RUNNER = fileURLToPath(new URL('../../../electron/hosts/bench-runner.ts', import.meta.url));
const PYTHON_HARNESS = fileURLToPath(new URL('./python-harness.py', import.meta.url));
const SEED = 1;

export interface ParityCase {
  readonly name: string;
  readonly onnxPath: string;
  readonly batch: number;
  readonly threads: number;
}

export interface Arm {
  block(durationMs: number): Promise<{ medianMs: number; calls: number }>;
  close(): Promise<void>;
}

export interface Placement {
  readonly python: string;
  readonly pin: number | null;
}

function startRunner({ pin }: Placement) {
  return startLineProcess(process.execPath, ['--disable-warning=ExperimentalWarning', RUNNER], pin);
}

function spec({ onnxPath, threads, batch }: ParityCase): object {
  return { onnxPath, threads, batch, provider: 'cpu', level: 'all', seed: SEED, dimensions: {} };
}

function is<T extends RunnerAnswer['type']>(type: T) {
  return (message: { type: string }): message is Extract<RunnerAnswer, { type: T }> => message.type === type;
}

/** Lineside's sidecar, through its product protocol. */
export async function startLineside(parity: ParityCase, placement: Placement): Promise<Arm> {
  const runner = startRunner(placement);
  await runner.ask({ kind: 'open', spec: spec(parity) }, is('opened'));
  return {
    block: async (durationMs) => {
      const answer = await runner.ask<Extract<RunnerAnswer, { type: 'block' }>>(
        { kind: 'block', durationMs, minCalls: 3 },
        is('block'),
      );
      return { medianMs: answer.medianMs, calls: answer.calls };
    },
    close: runner.close,
  };
}

/** Python onnxruntime on the inputs in `folder`. */
export async function startPython(parity: ParityCase, placement: Placement, folder: string): Promise<Arm> {
  const python = startPythonProcess(parity, placement, folder);
  await python.next();
  return { block: (durationMs) => python.ask({ durationMs, minCalls: 3 }, () => true), close: python.close };
}

function startPythonProcess({ onnxPath, threads }: ParityCase, { python, pin }: Placement, folder: string) {
  return startLineProcess(python, [PYTHON_HARNESS, onnxPath, String(threads), folder], pin);
}

/** Writes the seeded inputs that the sidecar uses, so that both sides work on the same bytes. */
export async function writeInputs(parity: ParityCase, placement: Placement, folder: string): Promise<Tensors> {
  const runner = startRunner(placement);
  const { inputs } = await runner.ask<{ type: string; inputs: readonly TensorInfo[] }>(
    { kind: 'probe', spec: spec(parity) },
    is('probed'),
  );
  await runner.close();
  const feeds = makeInputs(inputs, { batch: parity.batch, seed: SEED });
  await mkdir(folder, { recursive: true });
  const described = Object.entries(feeds).map(([name, { type, shape }], i) => ({
    name,
    type,
    shape,
    file: `${i}.bin`,
  }));
  for (const [i, tensor] of Object.values(feeds).entries())
    await writeFile(join(folder, `${i}.bin`), bytesOfTensor(tensor));
  await writeFile(join(folder, 'inputs.json'), JSON.stringify(described));
  return feeds;
}

/** True when both sides give the same bytes for every output. Also says which version Python has. */
export async function compareOutputs(
  parity: ParityCase,
  placement: Placement,
  folder: string,
  feeds: Tensors,
): Promise<{ areIdentical: boolean; pythonVersion: string }> {
  const runner = startRunner(placement);
  const answer = await runner.ask<Extract<RunnerAnswer, { type: 'outputs' }>>(
    { kind: 'run', onnxPath: parity.onnxPath, threads: parity.threads, cases: [toWireTensors(feeds)] },
    is('outputs'),
  );
  await runner.close();
  const ours = fromWireTensors(answer.outputs[0] ?? {});
  const python = startPythonProcess(parity, placement, folder);
  const { version } = await python.next<{ version: string }>();
  const theirs = await python.ask<{ outputs: Record<string, string> }>({ outputs: true }, () => true);
  await python.close();
  const names = Object.keys(theirs.outputs);
  const areIdentical =
    names.length > 0 &&
    names.every((name) => {
      const tensor = ours[name];
      return tensor && createHash('sha256').update(bytesOfTensor(tensor)).digest('hex') === theirs.outputs[name];
    });
  return { areIdentical, pythonVersion: version };
}
