// What tests with a real OpenSSH server share: a box in a temp folder, options to connect to it, and clean-up.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectSsh } from '../../devices/link/connect-ssh.ts';
import type { Connection, ConnectOptions } from '../../devices/link/connection.ts';
import { findSshd } from '../../devices/simulator/find-sshd.ts';
import { type SshdBox, type SshdBoxOptions, startSshdBox } from '../../devices/simulator/sshd-box.ts';
import { AppError } from '../../shared/errors/app-error.ts';

/** For `describe.skipIf(sshdObstacle)`: why no test with sshd can run here, or undefined. */
export const sshdObstacle = findSshd() === null ? 'OpenSSH server is not installed' : undefined;

export interface Lab {
  readonly directory: string;
  /** Lineside's known_hosts of this lab. */
  readonly knownHosts: string;
  startBox(name: string, options?: Partial<SshdBoxOptions>): Promise<SshdBox>;
  /** Options for the box's own key, accepting its host key; fields may be replaced. */
  optionsFor(box: SshdBox, replaced?: Partial<ConnectOptions>): ConnectOptions;
  connect(box: SshdBox, replaced?: Partial<ConnectOptions>): Promise<Connection>;
  /** Something to end when the lab ends. */
  defer(end: () => unknown): void;
  /** Ends everything in reverse order and deletes the folder. */
  close(): Promise<void>;
}

export async function createLab(): Promise<Lab> {
  const directory = await mkdtemp(join(tmpdir(), 'lineside-lab-'));
  const knownHosts = join(directory, 'data', 'known_hosts');
  const ends: (() => unknown)[] = [];
  const optionsFor: Lab['optionsFor'] = (box, replaced = {}) => ({
    host: box.host,
    port: box.port,
    user: box.user,
    auth: { kind: 'key', identityFile: box.identityFile ?? '' },
    hostKeys: { file: knownHosts, accept: 'new' },
    ...replaced,
  });
  return {
    directory,
    knownHosts,
    optionsFor,
    async startBox(name, options = {}) {
      const box = await startSshdBox({ name, baseDir: directory, ...options });
      ends.push(() => box.stop());
      return box;
    },
    async connect(box, replaced) {
      const connection = await connectSsh(optionsFor(box, replaced));
      ends.push(() => connection.close());
      return connection;
    },
    defer: (end) => void ends.push(end),
    async close() {
      for (const end of ends.toReversed()) await end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The AppError of something that must fail; anything else is a fault of the test. */
export async function failureOf(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('this should have failed');
}
