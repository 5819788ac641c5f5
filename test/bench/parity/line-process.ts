// A process that answers lines with lines of JSON: our sidecar and Python's harness look alike from here.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface LineProcess {
  /** Sends one line and waits for the first answer that `isAnswer` accepts. Throws when the process ends or reports an error. */
  ask<T>(request: object, isAnswer: (message: T) => boolean): Promise<T>;
  /** Waits for a line without asking. */
  next<T>(): Promise<T>;
  close(): Promise<void>;
}

/** `pin`: processor to keep the process on, by taskset; null: wherever the system puts it. */
export function startLineProcess(command: string, args: readonly string[], pin: number | null): LineProcess {
  const child =
    pin === null
      ? spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
      : spawn('taskset', ['-c', String(pin), command, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.once('error', () => undefined);
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function next<T>(): Promise<T> {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ended (exit code ${child.exitCode})`);
    const message = JSON.parse(value) as T & { type?: string; error?: { message: string } };
    if (message.type === 'error') throw new Error(message.error?.message ?? 'unknown error');
    return message;
  }

  return {
    next,
    ask: async <T>(request: object, isAnswer: (message: T) => boolean) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      for (;;) {
        const message = await next<T>();
        if (isAnswer(message)) return message;
      }
    },
    close: async () => {
      child.stdin.end();
      await closed;
    },
  };
}
