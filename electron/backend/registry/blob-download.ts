// Reads a blob from a registry as a stream that goes on where the connection broke; the digest is for the store to check.
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import { notThere, refused, unreachable } from './registry-errors.ts';
import type { RegistrySession } from './registry-session.ts';
import { type Exchange, transportError } from './registry-transport.ts';

/** Breaks in a row without a byte in between. */
const MAX_BREAKS = 5;
const FIRST_WAIT_MS = 250;

export interface BlobRef {
  readonly digest: string;
  readonly size: number;
}

/**
 * Exactly `size` bytes.
 * @throws NOT_FOUND, REGISTRY_UNREACHABLE after too many breaks, REGISTRY_REFUSED, REGISTRY_AUTH_FAILED, CANCELLED
 */
export async function* downloadBlob(
  session: RegistrySession,
  blob: BlobRef,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, void> {
  let done = 0;
  let breaks = 0;
  while (done < blob.size) {
    try {
      for await (const chunk of openAt(session, blob, done)) {
        done += chunk.length;
        if (done > blob.size) throw refused(session.host, 'sent more of a part than the part has');
        breaks = 0;
        onBytes(chunk.length);
        yield chunk;
      }
      if (done < blob.size) throw unreachable(session.host, 'the connection broke off');
    } catch (error) {
      if (!(error instanceof AppError) || !error.retryable || ++breaks > MAX_BREAKS) throw error;
      await pause(FIRST_WAIT_MS * 2 ** (breaks - 1), session.signal);
    }
  }
}

async function* openAt(session: RegistrySession, blob: BlobRef, from: number): AsyncGenerator<Buffer, void, void> {
  const url = session.url(`blobs/${blob.digest}`);
  const exchange = await session.send('GET', url, from > 0 ? { headers: { range: `bytes=${from}-` } } : {});
  if (exchange.status === 404) {
    exchange.body.resume();
    throw notThere(`${session.host}/${session.repository}@${blob.digest}`);
  }
  if (exchange.status !== 200 && exchange.status !== 206) throw await session.unexpected(exchange, 'give a part');
  let skip = exchange.status === 206 ? from - startOf(exchange) : from;
  if (skip < 0) throw refused(session.host, 'sent another part than was asked for');
  try {
    for await (const chunk of exchange.body as AsyncIterable<Buffer>) {
      const rest = chunk.subarray(skip);
      skip -= chunk.length - rest.length;
      if (rest.length > 0) yield rest;
    }
  } catch (error) {
    throw transportError(error, exchange.url, session.signal);
  } finally {
    exchange.body.destroy();
  }
}

/** First byte of a partial answer (RFC 9110, 14.4). */
function startOf({ headers }: Exchange): number {
  return Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? Number.POSITIVE_INFINITY);
}

export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, signal ? { signal } : {}).catch(() => {
    throw cancelled('Talking to the registry');
  });
}
