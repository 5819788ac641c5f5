// Brings a blob into a repository: not at all when it is there, by a mount, in one piece, or in pieces that go on where the connection broke.
import { AppError } from '../../../shared/errors/app-error.ts';
import { type BlobRef, pause } from './blob-download.ts';
import { refused } from './registry-errors.ts';
import type { RegistrySession } from './registry-session.ts';
import type { Exchange, RequestBody } from './registry-transport.ts';

const PIECE_BYTES = 32 * 1024 * 1024;
/** Breaks in a row without progress. */
const MAX_BREAKS = 5;
const FIRST_WAIT_MS = 250;
const OCTETS = { 'content-type': 'application/octet-stream' };

export interface BlobSource extends BlobRef {
  /** Bytes from `start` up to, not including, `end`. */
  read(start: number, end: number): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface UploadOptions {
  /** Repository of the same registry that may have the blob already. */
  readonly mountFrom?: string | undefined;
  readonly onBytes: (bytes: number) => void;
  /** Blobs up to this size go in one piece. */
  readonly pieceBytes?: number | undefined;
}

export type UploadOutcome = 'present' | 'mounted' | 'uploaded';

/** @throws REGISTRY_UNREACHABLE after too many breaks, REGISTRY_REFUSED, REGISTRY_AUTH_FAILED, CANCELLED, and what reading throws */
export async function uploadBlob(
  session: RegistrySession,
  blob: BlobSource,
  options: UploadOptions,
): Promise<UploadOutcome> {
  if (await hasBlob(session, blob)) return 'present';
  const location = await start(session, blob, options.mountFrom);
  if (location === null) return 'mounted';
  const pieceBytes = options.pieceBytes ?? PIECE_BYTES;
  if (blob.size <= pieceBytes || !(await uploadInPieces(session, blob, location, { ...options, pieceBytes }))) {
    await uploadWhole(session, blob, blob.size <= pieceBytes ? location : null, options.onBytes);
  }
  return 'uploaded';
}

/** One request; broken off, it begins anew. `location`: an upload that was started already. */
async function uploadWhole(
  session: RegistrySession,
  blob: BlobSource,
  location: URL | null,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let next = location;
  await persist(session, async () => {
    const target = next ?? (await startAnew(session, blob));
    next = null;
    await finish(session, target, blob, { sizeBytes: blob.size, open: () => blob.read(0, blob.size) });
  });
  onBytes(blob.size);
}

/** False, with nothing sent, where the registry takes no pieces. */
async function uploadInPieces(
  session: RegistrySession,
  blob: BlobSource,
  location: URL,
  { onBytes, pieceBytes }: { onBytes: (bytes: number) => void; pieceBytes: number },
): Promise<boolean> {
  let at: Position | null = { location, offset: 0 };
  let isTaken = true;
  await persist(session, async (progressed) => {
    // After a break the registry says how far it came; one that has forgotten the upload gets a new one.
    at ??= (await stateOf(session, location)) ?? { location: await startAnew(session, blob), offset: 0 };
    let here = at;
    at = null;
    while (here.offset < blob.size) {
      ({ location } = here);
      const next = await sendPiece(session, here, blob, pieceBytes);
      if (next === null) {
        isTaken = false;
        return;
      }
      onBytes(next.offset - here.offset);
      progressed(next.offset);
      here = next;
    }
    ({ location } = here);
    await finish(session, here.location, blob, { sizeBytes: 0, open: () => [] });
  });
  return isTaken;
}

/**
 * Repeats `attempt` after a break of the connection, a limited number of times without coming further than ever before: some
 * registries forget an upload that broke off, and then it begins anew.
 */
async function persist(
  session: RegistrySession,
  attempt: (progressed: (offset: number) => void) => Promise<void>,
): Promise<void> {
  let breaks = 0;
  let furthest = 0;
  for (;;) {
    try {
      await attempt((offset) => {
        if (offset > furthest) breaks = 0;
        furthest = Math.max(furthest, offset);
      });
      return;
    } catch (error) {
      if (!(error instanceof AppError) || !error.retryable || ++breaks > MAX_BREAKS) throw error;
      await pause(FIRST_WAIT_MS * 2 ** (breaks - 1), session.signal);
    }
  }
}

async function hasBlob(session: RegistrySession, blob: BlobRef): Promise<boolean> {
  const exchange = await session.send('HEAD', session.url(`blobs/${blob.digest}`));
  exchange.body.resume();
  if (exchange.status === 404) return false;
  if (exchange.status !== 200) throw await session.unexpected(exchange, 'say whether it has a part');
  const length = exchange.headers['content-length'];
  if (length !== undefined && Number(length) !== blob.size) throw refused(session.host, 'has a part in another length');
  return true;
}

/** Where to upload to; null when the blob was mounted instead. */
async function start(session: RegistrySession, blob: BlobRef, mountFrom: string | undefined): Promise<URL | null> {
  const url = session.url('blobs/uploads/');
  if (mountFrom !== undefined) {
    url.searchParams.set('mount', blob.digest);
    url.searchParams.set('from', mountFrom);
  }
  const exchange = await session.send('POST', url);
  if (mountFrom !== undefined && exchange.status === 201) {
    exchange.body.resume();
    return null;
  }
  if (exchange.status !== 202) throw await session.unexpected(exchange, 'take a part');
  exchange.body.resume();
  return locationOf(session, exchange);
}

async function startAnew(session: RegistrySession, blob: BlobRef): Promise<URL> {
  const location = await start(session, blob, undefined);
  if (location === null) throw refused(session.host, 'did not say where to upload to');
  return location;
}

/** Closes an upload with what is left of it: the whole blob, or nothing after the pieces. */
async function finish(session: RegistrySession, location: URL, blob: BlobRef, body: RequestBody): Promise<void> {
  const url = new URL(location);
  url.searchParams.set('digest', blob.digest);
  const exchange = await session.send('PUT', url, { headers: OCTETS, body });
  if (exchange.status !== 201) throw await session.unexpected(exchange, 'keep a part');
  exchange.body.resume();
  const stored = exchange.headers['docker-content-digest'];
  if (stored !== undefined && stored !== blob.digest) throw refused(session.host, 'kept a part under another digest');
}

interface Position {
  readonly location: URL;
  /** Bytes that the registry has. */
  readonly offset: number;
}

/** Null where the registry takes no pieces. */
async function sendPiece(
  session: RegistrySession,
  { location, offset }: Position,
  blob: BlobSource,
  pieceBytes: number,
): Promise<Position | null> {
  const end = Math.min(offset + pieceBytes, blob.size);
  const exchange = await session.send('PATCH', location, {
    headers: { ...OCTETS, 'content-range': `${offset}-${end - 1}` },
    body: { sizeBytes: end - offset, open: () => blob.read(offset, end) },
  });
  if (exchange.status === 202) {
    exchange.body.resume();
    return { location: locationOf(session, exchange), offset: offsetOf(exchange) ?? end };
  }
  if (offset === 0 && [404, 405, 501].includes(exchange.status)) {
    exchange.body.resume();
    return null;
  }
  if (exchange.status !== 416) throw await session.unexpected(exchange, 'take a part');
  exchange.body.resume();
  const state = await stateOf(session, location);
  // Without an offset of its own, it would be asked for the same piece for ever.
  if (state === null || state.offset === offset) throw refused(session.host, 'refused to take a part in pieces');
  return state;
}

/** What the registry has of an upload; null when it knows nothing of it any more. */
async function stateOf(session: RegistrySession, location: URL): Promise<Position | null> {
  const exchange = await session.send('GET', location);
  exchange.body.resume();
  if (exchange.status !== 204) return null;
  return { location: locationOf(session, exchange), offset: offsetOf(exchange) ?? 0 };
}

function locationOf(session: RegistrySession, exchange: Exchange): URL {
  const location = URL.parse(exchange.headers.location ?? '', exchange.url.href);
  if (exchange.headers.location === undefined || location === null) {
    throw refused(session.host, 'did not say where to upload to');
  }
  return location;
}

/** Bytes that the registry has: its Range header names the last of them; `0-0` is written for none as well as for one. */
function offsetOf({ headers }: Exchange): number | null {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(headers.range ?? '')?.[1];
  if (last === undefined) return null;
  return last === '0' ? 0 : Number(last) + 1;
}
