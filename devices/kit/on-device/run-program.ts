// Runs a program of the device and collects what it says.
import { spawn } from 'node:child_process';

export interface ProgramResult {
  /** Null when a signal or the time limit ended it, or it could not be started. */
  readonly code: number | null;
  readonly stdout: string;
  /** Or the reason why it could not be started. */
  readonly stderr: string;
}

const limitMs = 60_000;

/** Never rejects: a program that is not there is an answer like any other. */
export function runProgram(
  command: string,
  parameters: readonly string[],
  options: { readonly input?: string; readonly environment?: NodeJS.ProcessEnv } = {},
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(command, parameters, {
      env: options.environment ?? process.env,
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => resolve({ code: null, stdout, stderr: error.message }));
    // 'exit' and not 'close': what was started in the background may keep the pipes open.
    child.on('exit', (code) => setImmediate(() => resolve({ code, stdout, stderr })));
  });
}

/** The last line that a program said, for a sentence. */
export function lastWord(result: ProgramResult): string {
  return (
    (result.stderr.trim() || result.stdout.trim()).split('\n').at(-1) || `it ended with ${result.code ?? 'a signal'}`
  );
}
