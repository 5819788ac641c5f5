// Runs a program in the foreground: its streams are ours, and so is its end.
import { spawn } from 'node:child_process';

/** Resolves with the exit code; a program that a signal ended counts as 128 and more, as in a shell. */
export function runProgram(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: environment });
    // A terminal sends Ctrl-C to both, anyone else to us alone: SIGTERM, which is not taken for a second Ctrl-C, serves both cases.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill('SIGTERM'));
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}
