// Finds the way to a device's agent: its Unix socket through the connection, else the agent's own bridge as a command.
import type { Duplex } from 'node:stream';
import { AppError } from '../../shared/errors/app-error.ts';
import type { Connection, ExecStream } from './connection.ts';
import { shellQuote } from './shell-quote.ts';

/** A stream to the agent's HTTP server. */
export interface AgentStream {
  readonly stream: Duplex;
  /** Why the stream ended although nobody here ended it, when more is known than that it did. */
  explainEnd(): Promise<AppError | null>;
}

export interface AgentDoor {
  readonly kind: 'socket' | 'bridge';
  open(): Promise<AgentStream>;
}

const askTimeoutMs = 15_000;

function notInstalled(connection: Connection, root: string): AppError {
  return new AppError(
    'AGENT_NOT_INSTALLED',
    `Lineside is not installed in ${root} on ${connection.target}; set the device up first.`,
    { details: { root } },
  );
}

function notRunning(connection: Connection, root: string, reason = ''): AppError {
  return new AppError(
    'AGENT_NOT_RUNNING',
    `The agent on ${connection.target} is not running${reason === '' ? '' : ` (${reason})`}; set the device up again to start it.`,
    { details: { root }, retryable: true },
  );
}

async function openSocket(connection: Connection, path: string): Promise<AgentStream> {
  return { stream: await connection.openUnix(path), explainEnd: () => Promise.resolve(null) };
}

async function openBridge(connection: Connection, root: string): Promise<AgentStream> {
  const stream: ExecStream = await connection.execStream(`${shellQuote(`${root}/kit/launch`)} connect`);
  return {
    stream,
    async explainEnd() {
      const exit = await stream.exit.catch((error: unknown) => {
        if (error instanceof AppError) return error;
        throw error;
      });
      if (exit instanceof AppError) return exit;
      return exit.code === 0 ? null : notRunning(connection, root, stream.stderrTail().trim().split('\n').at(-1) ?? '');
    },
  };
}

/** What the agent wrote down about itself, asked with nothing but a POSIX shell. */
async function askForRecord(connection: Connection, root: string, signal: AbortSignal | undefined) {
  const script = `root=${shellQuote(root)}
[ -x "$root/kit/launch" ] && echo launch
pid=$(sed -n 's/.*"pid": *\\([0-9]*\\).*/\\1/p' "$root/run/agent.json" 2>/dev/null | head -n 1)
[ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && echo alive
cat "$root/run/agent.json" 2>/dev/null
exit 0
`;
  const { stdout } = await connection.exec('sh -s', {
    stdin: Buffer.from(script),
    timeoutMs: askTimeoutMs,
    ...(signal ? { signal } : {}),
  });
  const lines = stdout.split('\n');
  const socketPath = /"socketPath": *"((?:[^"\\]|\\.)*)"/.exec(stdout)?.[1];
  return {
    hasLaunch: lines.includes('launch'),
    isAlive: lines.includes('alive'),
    socketPath: socketPath === undefined ? null : (JSON.parse(`"${socketPath}"`) as string),
  };
}

function isRefused(error: unknown): boolean {
  return error instanceof AppError && error.code === 'SSH_CHANNEL_REFUSED';
}

/**
 * Finds the door and opens it once. `root`: absolute path on the device.
 * @throws AGENT_NOT_INSTALLED, AGENT_NOT_RUNNING, link errors
 */
export async function findAgentDoor(
  connection: Connection,
  root: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly door: AgentDoor; readonly first: AgentStream }> {
  const socketDoor = (path: string): AgentDoor => ({ kind: 'socket', open: () => openSocket(connection, path) });
  const usual = socketDoor(`${root}/run/agent.sock`);
  try {
    return { door: usual, first: await usual.open() };
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
  // The server says the same whether it forbids sockets or nobody listens, so the shell has to tell.
  const { hasLaunch, isAlive, socketPath } = await askForRecord(connection, root, signal);
  if (!isAlive) throw hasLaunch ? notRunning(connection, root) : notInstalled(connection, root);
  if (socketPath !== null) {
    const other = socketDoor(socketPath);
    try {
      return { door: other, first: await other.open() };
    } catch (error) {
      if (!isRefused(error) || !hasLaunch) throw error;
    }
  }
  const bridge: AgentDoor = { kind: 'bridge', open: () => openBridge(connection, root) };
  return { door: bridge, first: await bridge.open() };
}
