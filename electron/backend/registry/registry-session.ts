// Requests to one repository of one registry: login when asked, redirects followed a few times, and nothing secret sent to other hosts.
import { setTimeout as delay } from 'node:timers/promises';
import { cancelled } from '../../../shared/errors/app-error.ts';
import type { Credentials } from './auth-files.ts';
import { answerChallenge } from './registry-auth.ts';
import { authFailed, refused } from './registry-errors.ts';
import {
  createTransport,
  type Exchange,
  isLoopback,
  type RequestBody,
  readBody,
  type TransportRequest,
} from './registry-transport.ts';

const MAX_REDIRECTS = 5;
const MAX_BUSY_TRIES = 4;
const MAX_WAIT_MS = 10_000;
const MAX_ERROR_BYTES = 64 * 1024;

export interface SessionOptions {
  readonly registry: string;
  readonly repository: string;
  /** Asked for at the first challenge, and not before: a public repository needs no login. */
  findCredentials(): Promise<Credentials | null>;
  /** Speak plain HTTP to this registry; on this computer itself that is so in any case. */
  readonly plainHttp?: boolean | undefined;
  /** Repository that blobs may be mounted from; the token has to be good for it too. */
  readonly mountFrom?: string | undefined;
  readonly silenceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SessionRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
}

export interface RegistrySession {
  readonly host: string;
  readonly repository: string;
  readonly signal: AbortSignal | undefined;
  /** URL of something below `/v2/<repository>/`, or where the registry's own answer points to. */
  url(path: string, base?: URL): URL;
  /** The answer is whatever the registry says but redirects, challenges and "busy". @throws REGISTRY_UNREACHABLE, REGISTRY_AUTH_FAILED, REGISTRY_REFUSED, CANCELLED */
  send(method: TransportRequest['method'], url: URL, request?: SessionRequest): Promise<Exchange>;
  /** Reads a small answer to its end. */
  read(exchange: Exchange, maxBytes: number): Promise<Buffer>;
  /** The error for an answer that is not the expected one; `doing` completes "refused to …". */
  unexpected(exchange: Exchange, doing: string): Promise<Error>;
  close(): void;
}

export function createRegistrySession(options: SessionOptions): RegistrySession {
  const { registry, repository, signal } = options;
  const hostname = URL.parse(`http://${registry}`)?.hostname ?? registry;
  const isPlain = options.plainHttp === true || isLoopback(hostname);
  const base = new URL(`${isPlain ? 'http' : 'https'}://${registry}/v2/${repository}/`);
  const transport = createTransport(options.silenceMs);
  const mountScopes = options.mountFrom === undefined ? [] : [`repository:${options.mountFrom}:pull`];
  let credentials: Promise<Credentials | null> | null = null;
  let authorization: string | null = null;

  /** Plain HTTP goes nowhere but to a registry that itself is plain; a local one may point to its neighbours. */
  function checkUrl(url: URL): void {
    if (url.protocol === 'https:') return;
    const isNear = isLoopback(url.hostname) && isLoopback(base.hostname);
    if (url.protocol === 'http:' && isPlain && (url.host === base.host || isNear)) return;
    throw refused(base.host, `sent us on to an address that is not protected (${url.protocol}//${url.host})`);
  }

  async function once(method: TransportRequest['method'], url: URL, request: SessionRequest): Promise<Exchange> {
    const isOwn = url.origin === base.origin;
    const headers = { ...request.headers, ...(isOwn && authorization !== null ? { authorization } : {}) };
    const exchange = await transport.send({ method, url, headers, body: request.body, signal });
    const challenge = exchange.headers['www-authenticate'];
    if (exchange.status !== 401 || challenge === undefined || !isOwn) return exchange;
    exchange.body.resume();
    credentials ??= options.findCredentials();
    const parts = { transport, credentials: await credentials, host: base.host, repository, checkUrl };
    const answer = await answerChallenge(challenge, parts, mountScopes, signal);
    // A basic login that was sent and refused is not better the second time.
    if (answer === authorization) throw authFailed(base.host, repository, true);
    authorization = answer;
    return transport.send({ method, url, headers: { ...request.headers, authorization }, body: request.body, signal });
  }

  async function patient(method: TransportRequest['method'], url: URL, request: SessionRequest): Promise<Exchange> {
    for (let tries = 1; ; tries++) {
      const exchange = await once(method, url, request);
      if ((exchange.status !== 429 && exchange.status !== 503) || tries >= MAX_BUSY_TRIES) return exchange;
      exchange.body.resume();
      const seconds = Number(exchange.headers['retry-after'] ?? 2 ** (tries - 1));
      const waitMs = Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0) * 1000, MAX_WAIT_MS) : MAX_WAIT_MS;
      await delay(waitMs, undefined, signal ? { signal } : {}).catch(() => {
        throw cancelled('Talking to the registry');
      });
    }
  }

  return {
    host: base.host,
    repository,
    signal,
    url: (path, from = base) => new URL(path, from),
    send: async (method, start, request = {}) => {
      let url = start;
      for (let redirects = 0; ; redirects++) {
        checkUrl(url);
        const exchange = await patient(method, url, request);
        const location = exchange.headers.location;
        const isRedirect = [301, 302, 303, 307, 308].includes(exchange.status) && location !== undefined;
        if (!isRedirect) return exchange;
        exchange.body.resume();
        if (redirects >= MAX_REDIRECTS) throw refused(base.host, `sends us on more than ${MAX_REDIRECTS} times`);
        const next = URL.parse(location, url.href);
        if (next === null) throw refused(base.host, 'sends us on to an address that cannot be read');
        // What is being written may only be repeated where the answer says so.
        const isRead = method === 'GET' || method === 'HEAD';
        if (!isRead && exchange.status !== 307 && exchange.status !== 308) return exchange;
        url = next;
      }
    },
    read: (exchange, maxBytes) => readBody(exchange, maxBytes, signal),
    unexpected: async (exchange, doing) => {
      const { status } = exchange;
      const text = await readBody(exchange, MAX_ERROR_BYTES, signal).catch(() => Buffer.alloc(0));
      if (status === 401 || status === 403) return authFailed(base.host, repository, (await credentials) !== null);
      return refused(base.host, `refused to ${doing} (status ${status}${reasonIn(text)})`, { status });
    },
    close: () => transport.close(),
  };
}

/** `: CODE message` of the first error in the form of the distribution spec; empty where the answer has another form. */
function reasonIn(body: Buffer): string {
  try {
    const { errors } = JSON.parse(body.toString('utf8')) as { errors?: { code?: unknown; message?: unknown }[] };
    const [first] = Array.isArray(errors) ? errors : [];
    const words = [first?.code, first?.message].filter((word) => typeof word === 'string').join(' ');
    return words === '' ? '' : `: ${words.replace(/[^\x20-\x7e]/g, '').slice(0, 200)}`;
  } catch {
    return '';
  }
}
