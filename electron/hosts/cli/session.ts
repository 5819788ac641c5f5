// One run of a command: its own backend in this process, the typed client, the terminal, and Ctrl-C.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { RpcClient } from '../../../shared/contract/index.ts';
import { fromRpcError } from '../../../shared/contract/rpc-error.ts';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import { interruptSignal } from './interrupt.ts';
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

/**
 * Runs `work` with a backend of its own and takes it down afterwards, whatever happens. Work that ended well in spite of Ctrl-C
 * has ended well: saying that it was cancelled would be untrue.
 */
export async function runSession(command: Command, work: (session: Session) => Promise<void>): Promise<void> {
  const options: GlobalOptions = command.optsWithGlobals();
  const signal = interruptSignal();
  const terminal = createTerminal(options.json === true);
  // Loaded only here: help and usage errors do without the backend.
  const [{ createRouterClient }, { createBackend }, { createNodePorts }] = await Promise.all([
    import('@orpc/server'),
    import('../../backend/create-backend.ts'),
    import('../node-ports.ts'),
  ]);
  const dataDir = options.dataDir === undefined ? undefined : resolve(options.dataDir);
  const backend = await createBackend(createNodePorts({ host: 'cli', dataDir }));
  try {
    if (signal.aborted) throw cancelled('The command');
    await work({ client: createRouterClient(backend.router), terminal, signal });
  } catch (thrown) {
    const error = fromRpcError(thrown);
    throw signal.aborted && error.code === 'INTERNAL' ? cancelled('The command') : error;
  } finally {
    terminal.settle();
    await backend.dispose();
  }
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
