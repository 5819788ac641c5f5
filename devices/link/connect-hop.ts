// Opens one SSH connection, straight or through one that is open already: way, host key, login.
import { once } from 'node:events';
import { Socket } from 'node:net';
import { Client, type ServerHostKeyAlgorithm } from 'ssh2';
import { AppError, cancelled } from '../../shared/errors/app-error.ts';
import { coalesceWrites } from './coalesce-writes.ts';
import type { Connection, ConnectOptions, CountedStream } from './connection.ts';
import { type HostKeyCheck, prepareHostKeyCheck } from './host-key-check.ts';
import { hostKeyFingerprint } from './known-hosts.ts';
import { useFastCipher } from './packet-cipher.ts';
import { type Login, prepareLogin } from './ssh-auth.ts';
import { connectError, connectTimeout, handshakeError, noWayThrough } from './ssh-errors.ts';
import { createSshSession } from './ssh-session.ts';

const defaultTimeoutMs = 20_000;
const defaultKeepaliveS = 4;

/** Names a target as people write it. */
export function targetName(user: string, host: string, port: number): string {
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return `${user}@${shownHost}${port === 22 ? '' : `:${port}`}`;
}

/** What one hop needs; the jumps before it are made already. */
export type HopOptions = Omit<ConnectOptions, 'jumps'>;

/** One promise that rejects when the caller or the clock breaks the connecting off. */
interface Deadline {
  readonly broken: Promise<never>;
  /** What is being waited for, for the sentence of a timeout. */
  phase: string;
  dispose(): void;
}

function startDeadline(where: string, options: HopOptions): Deadline {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const onAbort = () => reject(cancelled(`Connecting to ${where}`));
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const deadline: Deadline = {
    broken: promise,
    phase: 'did not answer',
    dispose() {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    },
  };
  const timer = setTimeout(() => reject(connectTimeout(where, timeoutMs, deadline.phase)), timeoutMs);
  return deadline;
}

async function openSocket(where: string, options: HopOptions, deadline: Deadline): Promise<Socket> {
  const socket = new Socket();
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  try {
    const connected = once(socket, 'connect');
    connected.catch(() => undefined);
    socket.connect({ host: options.host, port: options.port });
    await Promise.race([connected, deadline.broken]);
    coalesceWrites(socket);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error instanceof AppError ? error : connectError(where, error);
  }
}

/** A TCP stream that the host before opens for us. */
async function openThrough(
  via: Connection,
  where: string,
  options: HopOptions,
  deadline: Deadline,
): Promise<CountedStream> {
  const opening = via.openTcp(options.host, options.port);
  try {
    return await Promise.race([opening, deadline.broken]);
  } catch (error) {
    // What opens after the caller has given up must not stay open.
    opening.then((late) => late.destroy()).catch(() => undefined);
    if (error instanceof AppError && error.code === 'SSH_CHANNEL_REFUSED') throw noWayThrough(via.target, where, error);
    throw error;
  }
}

interface HandshakeParts {
  readonly where: string;
  readonly options: HopOptions;
  readonly check: HostKeyCheck;
  readonly login: Login;
  readonly socket: CountedStream;
}

/** Key exchange and login on an open socket; resolves with the believed host key. */
function shakeHands(client: Client, parts: HandshakeParts): Promise<Buffer> {
  const { where, options, check, login, socket } = parts;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  let believedKey: Buffer | null = null;
  let keyProblem: unknown = null;

  const verifyHostKey = (key: Buffer, answer: (isBelieved: boolean) => void): void => {
    if (believedKey) {
      // A later key exchange on the same connection must show the same key.
      answer(believedKey.equals(key));
      return;
    }
    check.verify(key).then(
      () => {
        believedKey = Buffer.from(key);
        answer(true);
      },
      (error: unknown) => {
        keyProblem = error;
        reject(error);
        answer(false);
      },
    );
  };
  let hasFailedLogin = false;
  client.on('handshake', () => useFastCipher(client));
  client.on('ready', () =>
    believedKey ? resolve(believedKey) : reject(handshakeError(where, new Error('no host key was shown'))),
  );
  client.on('error', (error: Error & { level?: string }) => {
    if (keyProblem || error.level === 'agent') return;
    const isLogin = error.level === 'client-authentication' || /too many authentication failures/i.test(error.message);
    reject(isLogin || hasFailedLogin ? login.failure(where) : handshakeError(where, error));
  });
  client.on('close', () =>
    reject(
      hasFailedLogin ? login.failure(where) : handshakeError(where, new Error('closed before handshake was done')),
    ),
  );
  client.connect({
    sock: socket,
    username: options.user,
    strictVendor: false,
    readyTimeout: 0,
    // Only to keep bytes flowing both ways: whether the link is dead is judged by what arrives (ssh-session.ts).
    keepaliveInterval: (options.keepaliveS ?? defaultKeepaliveS) * 1000,
    keepaliveCountMax: Number.MAX_SAFE_INTEGER,
    hostVerifier: verifyHostKey,
    algorithms: {
      cipher: [
        'aes128-gcm@openssh.com',
        'aes256-gcm@openssh.com',
        'aes128-ctr',
        'aes192-ctr',
        'aes256-ctr',
        'chacha20-poly1305@openssh.com',
      ],
      // The list comes from the keys that the check knows how to compare, all of which ssh2 supports.
      serverHostKey: [...check.algorithms] as ServerHostKeyAlgorithm[],
      compress: ['none'],
    },
    authHandler: (offered, _isPartial, next) => {
      // ssh2 passes null before the first attempt, whatever its types say.
      const methods = offered as readonly string[] | null;
      hasFailedLogin = methods !== null;
      const attempt = login.next(methods);
      if (attempt === false) next(false as never);
      else next(attempt);
    },
  });
  return promise;
}

/**
 * Connects, checks the host key and logs in; `via` is the connection to the host before, null for the first one.
 * @throws SSH_CONNECT_FAILED, SSH_TIMEOUT, SSH_AUTH_FAILED, SSH_KEY_UNREADABLE, SSH_AGENT_UNAVAILABLE, HOST_KEY_UNKNOWN,
 * HOST_KEY_CHANGED, FILE_UNREADABLE, FILE_WRITE_FAILED, CANCELLED
 */
export async function connectHop(options: HopOptions, via: Connection | null): Promise<Connection> {
  const target = targetName(options.user, options.host, options.port);
  const where = target.slice(options.user.length + 1);
  const deadline = startDeadline(where, options);
  let client: Client | null = null;
  let socket: CountedStream | null = null;
  try {
    const login = await Promise.race([prepareLogin(options.user, options.auth), deadline.broken]);
    const check = await prepareHostKeyCheck(options.host, options.port, options.hostKeys);
    socket = via ? await openThrough(via, where, options, deadline) : await openSocket(where, options, deadline);
    deadline.phase = 'accepted the connection but did not finish the SSH login';
    client = new Client();
    const hands = shakeHands(client, { where, options, check, login, socket });
    hands.catch(() => undefined);
    const key = await Promise.race([hands, deadline.broken]);
    const keepaliveS = options.keepaliveS ?? defaultKeepaliveS;
    return createSshSession({
      client,
      socket,
      target,
      where,
      hostKeyFingerprint: hostKeyFingerprint(key),
      silenceMs: keepaliveS * 3000,
    });
  } catch (error) {
    // Late errors of a connection that is given up are of no interest to anyone.
    client?.on('error', () => undefined);
    socket?.destroy();
    throw error;
  } finally {
    deadline.dispose();
  }
}
