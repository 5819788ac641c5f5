// One HTTP exchange with a registry: over TLS unless plain HTTP is allowed there, with a limit on silence, the body left to the caller.
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as tls from 'node:tls';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import { refused, unreachable } from './registry-errors.ts';

/** Longest time without a byte in either direction. */
const SILENCE_MS = 60_000;

export interface RequestBody {
  readonly sizeBytes: number;
  /** Called again when the request has to be repeated. */
  open(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface TransportRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly url: URL;
  /** Must be read to its end, or destroyed. */
  readonly body: IncomingMessage;
}

export interface Transport {
  /** @throws REGISTRY_UNREACHABLE, CANCELLED */
  send(request: TransportRequest): Promise<Exchange>;
  close(): void;
}

/** `silenceMs` is shorter in tests. */
export function createTransport(silenceMs = SILENCE_MS): Transport {
  const plain = new HttpAgent({ keepAlive: true });
  let secure: HttpsAgent | null = null;
  return {
    send: (request) => {
      if (request.url.protocol === 'http:') return exchange(request, plain, silenceMs);
      secure ??= new HttpsAgent({ keepAlive: true, ...authorities() });
      return exchange(request, secure, silenceMs);
    },
    close: () => {
      plain.destroy();
      secure?.destroy();
    },
  };
}

/** The system's certificate authorities beside Node's own: a company's registry is signed by the company. */
function authorities(): { ca?: string[] } {
  // Node 20 does not have it.
  const read = 'getCACertificates' in tls ? tls.getCACertificates : null;
  return read === null ? {} : { ca: [...new Set([...read('default'), ...read('system')])] };
}

function exchange(request: TransportRequest, agent: HttpAgent | HttpsAgent, silenceMs: number): Promise<Exchange> {
  const { method, url, headers, body, signal } = request;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(cancelled('Talking to the registry'));
      return;
    }
    const fail = (error: unknown): void => reject(transportError(error, url, signal));
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const length = body === undefined ? (method === 'POST' ? '0' : undefined) : String(body.sizeBytes);
    const outgoing = send(url, {
      method,
      agent,
      headers: { 'user-agent': 'lineside', ...headers, ...(length === undefined ? {} : { 'content-length': length }) },
      ...(signal === undefined ? {} : { signal }),
    });
    outgoing.setTimeout(silenceMs, () => outgoing.destroy(new Error(`no answer for ${silenceMs / 1000} seconds`)));
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      // Whoever reads the body sees its errors; one that nobody reads must not end the process.
      incoming.on('error', () => undefined);
      incoming.on('end', () => {
        // Answered before all was sent: the rest is not wanted.
        if (!outgoing.writableFinished) outgoing.destroy();
      });
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, url, body: incoming });
    });
    if (body === undefined) outgoing.end();
    else pipeline(Readable.from(body.open(), { objectMode: false }), outgoing).catch(fail);
  });
}

/** @throws REGISTRY_UNREACHABLE, REGISTRY_REFUSED for a body over the limit, CANCELLED */
export async function readBody({ body, url }: Exchange, maxBytes: number, signal?: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes)
        throw refused(url.host, `sent more than ${maxBytes} bytes where a document was expected`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw transportError(error, url, signal);
  }
  return Buffer.concat(chunks);
}

export function transportError(error: unknown, url: URL, signal: AbortSignal | undefined): AppError {
  if (error instanceof AppError) return error;
  if (signal?.aborted) return cancelled('Talking to the registry');
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reason = error instanceof Error ? error.message.trim() : String(error);
  return unreachable(url.host, REASONS[code] ?? (reason === '' ? code : reason), error);
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNRESET: 'the connection broke off',
  EPIPE: 'the connection broke off',
  ETIMEDOUT: 'the connection timed out',
  EPROTO: 'it does not speak TLS; if it is meant to be reached without, add --plain-http',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; if it is meant to be reached without, add --plain-http',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS; if it is meant to be reached without, add --plain-http',
};

/** True for addresses that never leave this computer. */
export function isLoopback(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}
