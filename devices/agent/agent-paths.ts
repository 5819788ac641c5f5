// Where the agent keeps what it owns below the device root, and where its socket is.
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../shared/errors/app-error.ts';

export interface AgentPaths {
  readonly root: string;
  readonly run: string;
  readonly var: string;
  readonly identity: string;
  readonly lock: string;
  /** What runs, for the laptop and for `stop`: AgentRecord as JSON. */
  readonly record: string;
  readonly socket: string;
  readonly log: string;
  readonly inventory: string;
  readonly servePort: string;
  readonly compileCache: string;
  /** Its presence tells the keeper that the agent was ended on purpose. */
  readonly stopped: string;
}

/** sockaddr_un holds 108 bytes (unix(7)); some room is left for names that a forwarder adds. */
const MAX_SOCKET_PATH_BYTES = 100;

/** Pure: nothing is made. `root` must be absolute. */
export function agentPaths(root: string): AgentPaths {
  const run = join(root, 'run');
  const variable = join(root, 'var');
  return {
    root,
    run,
    var: variable,
    identity: join(root, 'identity'),
    lock: join(run, 'agent.lock'),
    record: join(run, 'agent.json'),
    socket: socketPath(join(run, 'agent.sock'), root),
    log: join(variable, 'agent.log'),
    inventory: join(variable, 'inventory.json'),
    servePort: join(variable, 'serve.json'),
    compileCache: join(run, 'compile-cache'),
    stopped: join(run, 'stopped'),
  };
}

function socketPath(preferred: string, root: string): string {
  if (Buffer.byteLength(preferred) <= MAX_SOCKET_PATH_BYTES) return preferred;
  const hash = createHash('sha256')
    .update(`${root}\0${String(userId())}`)
    .digest('hex')
    .slice(0, 16);
  return join(process.env['XDG_RUNTIME_DIR'] || tmpdir(), `lineside-${hash}`, 'agent.sock');
}

function userId(): number {
  return process.getuid?.() ?? -1;
}

/**
 * Makes the agent's folders, those with secrets and sockets for the owner alone.
 * @throws DEVICE_READ_ONLY, DEVICE_DISK_FULL, or DEVICE_UNSUPPORTED when the folder of the socket belongs to someone else.
 */
export function prepareAgentFolders(paths: AgentPaths): void {
  try {
    mkdirSync(paths.var, { recursive: true });
    for (const folder of [paths.run, paths.identity, join(paths.socket, '..')]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      checkOwner(folder);
      chmodSync(folder, 0o700);
    }
  } catch (error) {
    throw error instanceof AppError ? error : unusableRoot(paths.root, error);
  }
}

function checkOwner(folder: string): void {
  const facts = lstatSync(folder);
  if (facts.isDirectory() && facts.uid === userId()) return;
  throw new AppError(
    'DEVICE_UNSUPPORTED',
    `The folder ${folder} belongs to another user; remove it or use another root.`,
    { details: { folder } },
  );
}

function unusableRoot(root: string, error: unknown): AppError {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const code = reason === 'ENOSPC' ? 'DEVICE_DISK_FULL' : 'DEVICE_READ_ONLY';
  return new AppError(code, `The agent cannot write below ${root} (${reason}); free it or choose another folder.`, {
    details: { root, reason },
    cause: error,
  });
}
