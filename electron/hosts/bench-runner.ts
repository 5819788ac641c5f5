// The sidecar: a plain Node process that holds one model for one request, so that whatever the model does hurts nobody else.
import { open } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runBenchmark } from '../../devices/runtime/bench-engine.ts';
import { createNativeSession, loadOrt } from '../../devices/runtime/native-session.ts';
import { checkFits } from '../../devices/runtime/tensor.ts';
import { toAppError } from '../../shared/errors/app-error.ts';
import {
  fromWireTensors,
  type RunnerMessage,
  type RunnerRequest,
  toWireTensors,
  type WireTensors,
} from '../backend/bench/runner-protocol.ts';

type BenchRequest = Extract<RunnerRequest, { kind: 'bench' }>;
type RunRequest = Extract<RunnerRequest, { kind: 'run' }>;

async function answer(request: RunnerRequest, ortDir: string | undefined): Promise<RunnerMessage> {
  switch (request.kind) {
    case 'check':
      loadOrt(ortDir);
      createNativeSession(request.onnxPath, { intraOpNumThreads: 1 }).dispose();
      return { type: 'checked' };
    case 'run':
      loadOrt(ortDir);
      return { type: 'outputs', outputs: runCases(request) };
    case 'bench':
      return bench(request, ortDir);
  }
}

function runCases(request: RunRequest): WireTensors[] {
  const session = createNativeSession(request.onnxPath, { intraOpNumThreads: request.threads });
  return request.cases.map((wire) => {
    const feeds = fromWireTensors(wire);
    for (const info of session.inputs) {
      const tensor = feeds[info.name];
      if (tensor) checkFits(info, tensor);
    }
    return toWireTensors(session.run(feeds));
  });
}

async function bench(request: BenchRequest, ortDir: string | undefined): Promise<RunnerMessage> {
  const { samples, ...report } = await runBenchmark({ ...request, ortDir }, (progress) =>
    say({ type: 'progress', progress }),
  );
  const file = await open(request.samplesPath, 'wx', 0o600);
  try {
    await file.writeFile(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  } finally {
    await file.close();
  }
  return { type: 'benched', report: { ...report, nodeVersion: process.version } };
}

function say(message: RunnerMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Reads the one line of the request; afterwards the end of stdin means that the backend is gone. */
function readRequest(): Promise<RunnerRequest> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let isComplete = false;
    process.stdin.on('data', (chunk: Buffer) => {
      if (isComplete) return;
      const end = chunk.indexOf(0x0a);
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
      if (end < 0) return;
      isComplete = true;
      try {
        resolve(JSON.parse(Buffer.concat(chunks).toString()) as RunnerRequest);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    process.stdin.on('end', () => process.exit(0));
  });
}

// Nobody reads any more: the backend is gone.
process.stdout.on('error', () => process.exit(0));

const { values } = parseArgs({ options: { 'ort-dir': { type: 'string' } } });
try {
  say(await answer(await readRequest(), values['ort-dir']));
} catch (error) {
  say({ type: 'error', error: toAppError(error).toWire() });
}
// stdin would keep the process.
process.stdin.destroy();
