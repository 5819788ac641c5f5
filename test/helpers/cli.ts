// Runs the real `lineside` command as a child process, as a terminal or a script does.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually } from './eventually.ts';

const ENTRY = new URL('../../electron/hosts/cli.ts', import.meta.url).pathname;

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliProcess {
  readonly pid: number;
  /** What it has said on stderr so far. */
  said(): string;
  /** Waits until stderr holds `text`. */
  saying(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<CliResult>;
}

export interface Cli {
  /** Runs one command to its end. */
  run(...args: string[]): Promise<CliResult>;
  /** The answer of a command with --json; throws what it said where it failed. */
  json<T>(...args: string[]): Promise<T>;
  start(args: readonly string[], input?: string): CliProcess;
}

/** A command line whose data lies in `dataDir`; no ssh-agent and no home of the user are seen. */
export function createCli(dataDir: string): Cli {
  const start = (args: readonly string[], input = ''): CliProcess => {
    const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [ENTRY, ...args], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: join(dirname(dataDir), 'home'),
        LINESIDE_DATA_DIR: dataDir,
        NODE_NO_WARNINGS: '1',
      },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const closed = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    const ended = Promise.all([closed, text(child.stdout)]).then(([end, stdout]) => ({ ...end, stdout, stderr }));
    return {
      pid: child.pid ?? 0,
      said: () => stderr,
      saying: (wanted) => {
        const check = (): boolean => {
          if (stderr.includes(wanted)) return true;
          if (child.exitCode !== null || child.signalCode !== null)
            throw new Error(`ended before it said "${wanted}": ${stderr}`);
          return false;
        };
        return eventually(`stderr has "${wanted}"`, check, 60_000);
      },
      kill: (signal) => void child.kill(signal),
      ended,
    };
  };
  const run = (...args: string[]): Promise<CliResult> => start(args).ended;
  return {
    start,
    run,
    json: async <T>(...args: string[]): Promise<T> => {
      const { code, stdout, stderr } = await run(...args, '--json');
      if (code !== 0) throw new Error(`lineside ${args.join(' ')} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as T;
    },
  };
}

/** Asserts-by-shape: the one line on stderr, taken apart. Null when stderr is not exactly one `lineside: … [CODE]` line. */
export function errorLine(stderr: string): { message: string; code: string } | null {
  const line = stderr.split('\n').filter((each) => each.startsWith('lineside: '));
  const match = line.length === 1 ? /^lineside: (.+) \[([A-Z_]+)\]$/.exec(line[0] ?? '') : null;
  return match ? { message: match[1] ?? '', code: match[2] ?? '' } : null;
}
