// A logged-in SSH connection: opens channels, notices a dead link, and ends everything that is open when the link ends.
import type { Client, ClientChannel } from 'ssh2';
import type { AppError } from '../../shared/errors/app-error.ts';
import type { Connection, CountedStream, ExecExit } from './connection.ts';
import { collectCommand, type StartedCommand, toExecStream } from './run-command.ts';
import { SshChannelStream } from './ssh-channel.ts';
import { channelRefused, connectionClosed, connectionLost } from './ssh-errors.ts';

export interface SshSessionParts {
  readonly client: Client;
  /** What it runs over: a TCP socket, or a channel of the connection before it. */
  readonly socket: CountedStream;
  readonly target: string;
  /** The target without its user, for sentences. */
  readonly where: string;
  readonly hostKeyFingerprint: string;
  /** The link counts as dead after this long without a byte from the server; 0: never. */
  readonly silenceMs: number;
}

type OpenChannel = (done: (error: Error | undefined, channel: ClientChannel) => void) => void;

const closeGraceMs = 1000;

/** What is open on the connection and must end with it. */
function createOpenThings(where: string) {
  const enders = new Set<(error: AppError) => void>();
  let end: { readonly error: AppError | null } | null = null;
  const { promise: closed, resolve } = Promise.withResolvers<AppError | null>();
  return {
    closed,
    /** The error for whoever uses the connection after its end; null while it lives. */
    afterEnd: () => (end ? (end.error ?? connectionClosed(where)) : null),
    add(ender: (error: AppError) => void) {
      enders.add(ender);
      return () => enders.delete(ender);
    },
    /** Ends everything; `error` null means that this side wanted it. Only the first call counts. */
    endAll(error: AppError | null) {
      if (end) return;
      end = { error };
      for (const ender of enders) ender(error ?? connectionClosed(where));
      enders.clear();
      resolve(error);
    },
  };
}

/** Ends the link when nothing has come from the server for too long although keep-alive questions were sent. */
function watchSilence(socket: CountedStream, silenceMs: number, onDead: () => void): () => void {
  if (silenceMs <= 0) return () => undefined;
  let seenBytes = socket.bytesRead;
  let seenAtMs = performance.now();
  const timer = setInterval(
    () => {
      if (socket.bytesRead !== seenBytes) {
        seenBytes = socket.bytesRead;
        seenAtMs = performance.now();
      } else if (performance.now() - seenAtMs >= silenceMs) onDead();
    },
    Math.min(1000, silenceMs / 4),
  );
  timer.unref();
  return () => clearInterval(timer);
}

/** Takes over a client that is logged in. */
export function createSshSession(parts: SshSessionParts): Connection {
  const { client, socket, target, where } = parts;
  const open = createOpenThings(where);
  const lose = (cause?: unknown): void => {
    open.endAll(connectionLost(where, cause));
    socket.destroy();
  };
  const stopWatch = watchSilence(socket, parts.silenceMs, () => lose(new Error('no answer to keep-alive questions')));
  client.removeAllListeners('error').removeAllListeners('close');
  client.on('error', lose);
  client.on('close', () => {
    stopWatch();
    open.endAll(connectionLost(where));
  });

  /**
   * Opens a channel as a stream; both the opening and the stream end with the connection. `dress` is called in the turn in which the channel opens: a quick command's exit status and close can stand in the same
   * packet as the answer that opens it, and nobody would hear them a turn later.
   */
  const openChannel = async <T>(
    wish: string,
    start: OpenChannel,
    dress: (channel: ClientChannel, stream: SshChannelStream) => T,
  ): Promise<T> => {
    const gone = open.afterEnd();
    if (gone) throw gone;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const forget = open.add(reject);
    try {
      start((error, channel) => {
        if (error) reject(open.afterEnd() ?? channelRefused(where, wish, error));
        else resolve(dress(channel, toStream(channel, wish)));
      });
    } catch (error) {
      reject(open.afterEnd() ?? connectionLost(where, error));
    }
    return promise.finally(forget);
  };

  const toStream = (channel: ClientChannel, wish: string): SshChannelStream => {
    const stream = new SshChannelStream(
      channel,
      () => open.afterEnd() ?? channelRefused(where, `go on to ${wish}`, 'it closed the channel'),
    );
    const forgetStream = open.add((error) => stream.destroy(error));
    stream.on('close', forgetStream);
    return stream;
  };

  const toCommand = (channel: ClientChannel, stream: SshChannelStream): StartedCommand => {
    const { promise: exit, resolve, reject } = Promise.withResolvers<ExecExit>();
    exit.catch(() => undefined);
    const forget = open.add(reject);
    channel.on('exit', (code: number | null, signal?: string) => resolve({ code, signal: signal ?? null }));
    channel.on('close', () => {
      forget();
      const gone = open.afterEnd();
      if (gone) reject(gone);
      else resolve({ code: null, signal: null });
    });
    return {
      stream,
      stderr: channel.stderr,
      exit,
      kill() {
        if (stream.destroyed || open.afterEnd()) return;
        channel.signal('TERM');
        stream.destroy();
      },
    };
  };
  const start = (command: string): Promise<StartedCommand> =>
    openChannel('run a command', (done) => client.exec(command, done), toCommand);
  const nameOf = (command: string) => `A command on ${where} (${command.slice(0, 40).replaceAll('\n', ' ')})`;

  const openStream = async (wish: string, begin: OpenChannel): Promise<SshChannelStream> => {
    const stream = await openChannel(wish, begin, (_channel, opened) => opened);
    // A caller that only waits for 'close' must not be ended by an error that everyone else is told as well.
    stream.on('error', () => undefined);
    return stream;
  };

  return {
    target,
    hostKeyFingerprint: parts.hostKeyFingerprint,
    closed: open.closed,
    async exec(command, options = {}) {
      return collectCommand(await start(command), nameOf(command), options);
    },
    async execStream(command, options = {}) {
      const started = await start(command);
      started.stream.on('error', () => undefined);
      return toExecStream(started, nameOf(command), options.signal);
    },
    openUnix: (path) =>
      openStream(`open the socket ${path}`, (done) => client.openssh_forwardOutStreamLocal(path, done)),
    openTcp: (host, port) =>
      openStream(`open ${host} port ${port}`, (done) => client.forwardOut('127.0.0.1', 0, host, port, done)),
    async close() {
      open.endAll(null);
      stopWatch();
      if (socket.destroyed) return;
      const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      client.end();
      const timer = setTimeout(() => socket.destroy(), closeGraceMs);
      await gone;
      clearTimeout(timer);
    },
  };
}
