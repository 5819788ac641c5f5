// The real sidecar, but measuring with a certain number of threads goes wrong, in ways for which no model can be made everywhere.
// Arguments: the threads with which it dies of a fault, is killed, and never returns.
import { serveRunner } from '../../devices/runtime/runner/serve-runner.ts';

const [segfault, death, silence] = process.argv.slice(2).map(Number);
process.stdin.on('data', (chunk: Buffer) => {
  const text = chunk.toString();
  if (!text.includes('"kind":"bench"')) return;
  const threads = Number(/"threads":(\d+)/.exec(text)?.[1]);
  if (threads === segfault) process.kill(process.pid, 'SIGSEGV');
  if (threads === death) process.kill(process.pid, 'SIGKILL');
  if (threads === silence) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
await serveRunner({});
