// A Connection to this computer: the same commands and sockets, without SSH.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { AppError } from '../../shared/errors/app-error.ts';
import type { Connection, ExecExit } from './connection.ts';
import { collectCommand, type StartedCommand, toExecStream } from './run-command.ts';
import { channelRefused, connectionClosed } from './ssh-errors.ts';

const where = 'this computer';

/** Opens nothing yet: processes and sockets come with the calls. Never fails. */
export function connectLocal(): Connection {
  const enders = new Set<() => void>();
  let isClosed = false;
  const { promise: closed, resolve: resolveClosed } = Promise.withResolvers<AppError | null>();

  const refuseWhenClosed = () => {
    if (isClosed) throw connectionClosed(where);
  };

  const start = (command: string): StartedCommand => {
    refuseWhenClosed();
    // A process group of its own, so that the end of a command is the end of its children.
    const child = spawn('sh', ['-c', command], { stdio: 'pipe', detached: true });
    const { promise: exit, resolve, reject } = Promise.withResolvers<ExecExit>();
    exit.catch(() => undefined);
    const stream = Duplex.from({ writable: child.stdin, readable: child.stdout });
    stream.on('error', () => undefined);
    const kill = () => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
        try {
          process.kill(-child.pid, 'SIGTERM');
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
        }
      }
      stream.destroy();
    };
    const end = () => {
      reject(connectionClosed(where));
      kill();
    };
    enders.add(end);
    child.on('error', (error) => reject(channelRefused(where, 'run a command', error)));
    child.on('exit', (code, signal) => {
      enders.delete(end);
      resolve({ code, signal });
    });
    return { stream, stderr: child.stderr, exit, kill };
  };

  const openSocket = async (wish: string, socket: Socket): Promise<Socket> => {
    refuseWhenClosed();
    try {
      await once(socket, 'connect');
    } catch (error) {
      throw channelRefused(where, wish, error);
    }
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    const end = () => socket.destroy(connectionClosed(where));
    enders.add(end);
    socket.on('close', () => enders.delete(end));
    return socket;
  };
  const nameOf = (command: string) => `A command on ${where} (${command.slice(0, 40).replaceAll('\n', ' ')})`;

  return {
    target: where,
    hostKeyFingerprint: null,
    closed,
    exec: async (command, options = {}) => collectCommand(start(command), nameOf(command), options),
    execStream: async (command, options = {}) => toExecStream(start(command), nameOf(command), options.signal),
    openUnix: (path) => openSocket(`open the socket ${path}`, connect(path)),
    openTcp: (host, port) => openSocket(`open ${host} port ${port}`, connect(port, host)),
    async close() {
      if (isClosed) return;
      isClosed = true;
      for (const end of enders) end();
      resolveClosed(null);
    },
  };
}
