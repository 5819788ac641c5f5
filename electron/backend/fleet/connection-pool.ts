// One SSH connection a device, shared by monitoring, set-up and rollouts, opened when somebody needs it.
import { join } from 'node:path';
import { connectLocal } from '../../../devices/link/connect-local.ts';
import type { Connection, HostKeyPolicy, JumpHost, SshAuth } from '../../../devices/link/connection.ts';
import type { DeviceRecord } from '../../../shared/contract/devices.ts';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import type { Ports } from '../ports.ts';
import { createOpeningGate, defaultOpeningLimits, type OpeningLimits } from './opening-gate.ts';

export interface ConnectionPool {
  /**
   * The open connection of a device, or a new one.
   * @throws SSH_AUTH_FAILED with `details.needsPassword` when a password is wanted and none is known; link errors.
   */
  get(
    record: DeviceRecord,
    options?: { acceptHostKey?: string | undefined; signal?: AbortSignal | undefined },
  ): Promise<Connection>;
  /** A connection that is open right now. */
  peek(name: string): Connection | null;
  /** Closes a device's connection, so that the next `get` logs in anew. */
  drop(name: string): Promise<void>;
  close(): Promise<void>;
}

export const passwordKey = (deviceName: string): string => `device-password:${deviceName}`;

/** Lineside's own list of host keys. */
export const knownHostsFile = (ports: Ports): string => join(ports.dataDir, 'known_hosts');

/** The line that a device hangs on: its site, else the first host on the way to it. */
function siteOf({ labels, jumps }: DeviceRecord): string | null {
  const first = jumps?.[0];
  return labels['site'] ?? (first ? `${first.user}@${first.host}:${first.port}` : null);
}

export function createConnectionPool(ports: Ports, limits: OpeningLimits = defaultOpeningLimits): ConnectionPool {
  const gate = createOpeningGate(limits);
  const opening = new Map<string, Promise<Connection>>();
  const open = new Map<string, Connection>();
  const closing = new AbortController();

  const usualAuth: SshAuth = {
    kind: 'usual',
    agentSocket: ports.sshAgentSocket,
    identityFiles: ports.defaultIdentityFiles,
  };

  async function auth(record: DeviceRecord): Promise<SshAuth> {
    switch (record.auth.kind) {
      case 'key':
        return { kind: 'key', identityFile: record.auth.identityFile };
      case 'password': {
        const password = await ports.secrets.get(passwordKey(record.name));
        if (password !== null) return { kind: 'password', password };
        throw new AppError(
          'SSH_AUTH_FAILED',
          `${record.name} asks for a password, and none was given in this session; enter it and try again.`,
          {
            details: { needsPassword: true },
          },
        );
      }
      case 'agent':
      case 'none':
        return usualAuth;
    }
  }

  function jumpsOf(record: DeviceRecord): JumpHost[] {
    return (record.jumps ?? []).map(({ identityFile, ...way }) => ({
      ...way,
      auth: identityFile === undefined ? usualAuth : { kind: 'key', identityFile },
    }));
  }

  async function connect(record: DeviceRecord, acceptHostKey: string | undefined): Promise<Connection> {
    if (record.kind === 'local') return connectLocal();
    const hostKeys: HostKeyPolicy = {
      file: knownHostsFile(ports),
      alsoRead: ports.readOnlyKnownHosts,
      ...(acceptHostKey === undefined ? {} : { accept: acceptHostKey as 'new' | `SHA256:${string}` }),
    };
    // Loaded with the first connection: most commands of the command line make none.
    const { connectSsh } = await import('../../../devices/link/connect-ssh.ts');
    const login = await auth(record);
    const leave = await gate.enter(siteOf(record), closing.signal);
    try {
      return await connectSsh({
        host: record.host,
        port: record.port,
        user: record.user,
        auth: login,
        hostKeys,
        jumps: jumpsOf(record),
        signal: closing.signal,
      });
    } finally {
      leave();
    }
  }

  /** Not tied to one caller's signal: others may be waiting for the same connection. */
  async function openShared(record: DeviceRecord, acceptHostKey: string | undefined): Promise<Connection> {
    try {
      const connection = await connect(record, acceptHostKey);
      if (closing.signal.aborted) {
        await connection.close();
        throw cancelled(`Connecting to ${record.name}`);
      }
      open.set(record.name, connection);
      void connection.closed.then(() => {
        if (open.get(record.name) === connection) open.delete(record.name);
      });
      return connection;
    } finally {
      opening.delete(record.name);
    }
  }

  return {
    get: async (record, { acceptHostKey, signal } = {}) => {
      const ready = open.get(record.name);
      if (ready) return ready;
      const pending = opening.get(record.name);
      if (pending) return abortable(pending, signal);
      const attempt = openShared(record, acceptHostKey);
      opening.set(record.name, attempt);
      return abortable(attempt, signal);
    },
    peek: (name) => open.get(name) ?? null,
    drop: async (name) => {
      const connection = open.get(name);
      open.delete(name);
      await connection?.close();
    },
    close: async () => {
      closing.abort();
      const all = [...open.values()];
      open.clear();
      await Promise.all(all.map((connection) => connection.close()));
    },
  };
}

/** Lets one caller go while the work itself goes on. */
function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(cancelled('Connecting'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
