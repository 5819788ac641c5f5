// Receives one object of a bundle: every chunk waits until the one before is on disk, and a lost connection keeps the part.
import type { IncomingMessage } from 'node:http';
import type { PutResponse } from '../../../shared/agent-protocol/messages.ts';
import { isDigest } from '../../../shared/domain/names.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { ObjectWriter } from '../release/object-store.ts';
import type { ReleaseEngine } from '../release/release-engine.ts';
import { BodyAbortedError } from './read-body.ts';

/**
 * Streams the body of `PUT /v1/objects/DIGEST?txn=ID&offset=N` into the release engine.
 * @throws INPUT_INVALID, whatever the engine throws, and BodyAbortedError when the sender is gone.
 */
export async function receiveObject(
  engine: ReleaseEngine,
  digest: string,
  query: URLSearchParams,
  request: IncomingMessage,
): Promise<PutResponse> {
  const txn = query.get('txn');
  if (txn === null || txn === '')
    throw new AppError('INPUT_INVALID', 'An object is sent as part of a transaction: txn is missing.');
  return await receiveInto(request, digest, query, (offset) => engine.openObject(txn, digest, offset));
}

/**
 * Streams the body of an upload with `?offset=N` into the writer that `open` gives.
 * @throws INPUT_INVALID, whatever `open` and its writer throw, and BodyAbortedError when the sender is gone.
 */
export async function receiveInto(
  request: IncomingMessage,
  digest: string,
  query: URLSearchParams,
  open: (offset: number) => Promise<ObjectWriter>,
): Promise<PutResponse> {
  const offset = Number(query.get('offset') ?? '0');
  if (!isDigest(digest)) throw new AppError('INPUT_INVALID', `"${digest}" is not the digest of an object.`);
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new AppError('INPUT_INVALID', 'The offset must be a whole number of bytes.');
  const writer = await open(offset);
  let isFinished = false;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) await writer.write(chunk);
    if (!request.complete) throw new BodyAbortedError();
    isFinished = true;
    return await writer.finish();
  } catch (error) {
    if (!isFinished) await writer.abort();
    if (request.destroyed && !request.complete) throw new BodyAbortedError();
    throw error;
  }
}
