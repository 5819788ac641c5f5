// At most one agent for a root: a lock file that names its owner and outlives no reboot and no crash.
import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { AppError } from '../../shared/errors/app-error.ts';
import { readJsonOrNull } from './atomic-file.ts';
import { identifyProcess, identityIn, isSameProcess, type ProcessIdentity } from './process-identity.ts';

const MAX_ATTEMPTS = 5;

/**
 * Takes the lock at `path` for this process and returns what gives it back. A lock whose owner has ended is replaced.
 * Node has no flock; link(2) is atomic, and a stale lock is moved aside and looked at again before it counts as gone.
 * @throws IN_USE when a living agent holds it.
 */
export function takeAgentLock(path: string): () => void {
  const own = identifyProcess(process.pid);
  const mine = `${path}.${String(process.pid)}`;
  writeFileSync(mine, JSON.stringify(own));
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if (tryLink(mine, path)) return () => release(path);
      const owner = identityIn(readJsonOrNull(path));
      if (owner !== null && isSameProcess(owner)) throw alreadyRunning(owner);
      moveStaleAside(path);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  throw new AppError('IN_USE', 'Another agent is starting for this root at the same moment; try again.');
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function moveStaleAside(path: string): void {
  const aside = `${path}.stale.${String(process.pid)}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    // Another starter was faster: the next attempt sees its lock.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  const owner = identityIn(readJsonOrNull(aside));
  // Between reading and renaming a living agent took over: give it its lock back.
  if (owner !== null && isSameProcess(owner)) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function release(path: string): void {
  if (identityIn(readJsonOrNull(path))?.pid === process.pid) rmSync(path, { force: true });
}

function alreadyRunning(owner: ProcessIdentity): AppError {
  return new AppError(
    'IN_USE',
    `An agent is already running for this root (process ${String(owner.pid)}); stop it first.`,
    {
      details: { pid: owner.pid },
    },
  );
}
