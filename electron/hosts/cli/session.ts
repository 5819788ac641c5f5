// One run of a command: its own backend in this process, the typed client, the terminal, and Ctrl-C.
import { createRouterClient } from '@orpc/server';
import type { Command } from 'commander';
import type { RpcClient } from '../../../shared/contract/index.ts';
import { fromRpcError } from '../../../shared/contract/rpc-error.ts';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import { createBackend } from '../../backend/create-backend.ts';
import { createNodePorts } from '../node-ports.ts';
import { createTerminal, type Terminal } from './terminal.ts';

export interface Session {
  readonly client: RpcClient;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

interface GlobalOptions {
  readonly json?: boolean;
  readonly dataDir?: string;
}

/** True when --json stands anywhere on the line, so that even usage errors can answer in JSON. */
export function isJsonWanted(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json');
}

/** Runs `work` with a backend of its own and takes it down afterwards, whatever happens. */
export async function runSession(command: Command, work: (session: Session) => Promise<void>): Promise<void> {
  const options: GlobalOptions = command.optsWithGlobals();
  const terminal = createTerminal(options.json === true);
  const backend = await createBackend(createNodePorts({ host: 'cli', dataDir: options.dataDir }));
  const interrupt = new AbortController();
  const stop = (): void => {
    if (interrupt.signal.aborted) process.exit(5);
    interrupt.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    await work({ client: createRouterClient(backend.router), terminal, signal: interrupt.signal });
  } catch (thrown) {
    const error = fromRpcError(thrown);
    throw interrupt.signal.aborted && error.code === 'INTERNAL' ? cancelled('The command') : error;
  } finally {
    terminal.settle();
    await backend.dispose();
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
  if (interrupt.signal.aborted) throw cancelled('The command');
}

/** Prints an error as the command line does, and gives the exit code. */
export function reportError(thrown: unknown, isJson: boolean): number {
  const error = thrown instanceof AppError ? thrown : fromRpcError(thrown);
  const { code, message, details } = error;
  if (isJson) process.stderr.write(`${JSON.stringify({ error: { code, message, details } })}\n`);
  else process.stderr.write(`lineside: ${message} [${code}]\n`);
  if (code === 'INTERNAL' && process.env['LINESIDE_DEBUG'] && error.cause instanceof Error)
    process.stderr.write(`${error.cause.stack}\n`);
  return error.exitCode;
}
