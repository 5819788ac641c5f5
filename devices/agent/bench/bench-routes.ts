// The bench desk behind HTTP: which request means what, and that every one of them is a sign of life of its lease.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { benchFilesRequestSchema, benchLeaseRequestSchema } from '../../../shared/agent-protocol/bench.ts';
import { AGENT_ROUTES } from '../../../shared/agent-protocol/messages.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { ObjectWriter } from '../release/object-store.ts';
import { readJson } from '../server/json-request.ts';
import { receiveInto } from '../server/object-upload.ts';
import { BodyTooLargeError, readBody } from '../server/read-body.ts';
import { sendJson } from '../server/respond.ts';
import { type BenchDesk, type BenchDeskParts, createBenchDesk } from './bench-desk.ts';
import type { BenchGate } from './bench-gate.ts';
import type { BenchLease } from './bench-lease.ts';

/** A request names its model and how to run it; tensors travel in requests for trial runs only. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

export function createBenchRoutes(parts: BenchDeskParts): BenchGate {
  const desk = createBenchDesk(parts);
  return {
    handle: (request, response, url) => handle(desk, request, response, url),
    makeWay: () => desk.makeWay(),
    close: () => desk.close(),
  };
}

async function handle(desk: BenchDesk, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const { method = '' } = request;
  if (url.pathname === AGENT_ROUTES.bench && method === 'POST') {
    return desk.take(await readJson(request, benchLeaseRequestSchema), response);
  }
  const [id = '', area, item, ...more] = url.pathname.slice(AGENT_ROUTES.bench.length + 1).split('/');
  const route = `${method} ${area ?? ''}`;
  if (more.length > 0) throw unknownRoute(method, url);
  const lease = desk.leaseOf(id);
  if (item === undefined) {
    switch (route) {
      case 'GET ':
        return sendJson(response, 200, lease.info());
      case 'DELETE ':
        await lease.end(null);
        await desk.settled();
        return sendJson(response, 200, {});
      case 'POST files':
        return sendJson(response, 200, await lease.place((await readJson(request, benchFilesRequestSchema)).files));
      case 'POST processes':
        return lease.launch(response);
    }
  } else if (route === 'PUT objects') {
    const digest = decodeURIComponent(item);
    const open = (offset: number): Promise<ObjectWriter> => openWriter(desk, lease, digest, offset);
    const answer = await receiveInto(request, digest, url.searchParams, open).catch(explainDamage);
    return sendJson(response, 200, answer);
  } else if (/^\d{1,9}$/.test(item)) {
    if (route === 'POST processes') {
      await lease.send(Number(item), await readRequest(request));
      return sendJson(response, 200, {});
    }
    if (route === 'DELETE processes') {
      await lease.endProcess(Number(item));
      return sendJson(response, 200, {});
    }
  }
  throw unknownRoute(method, url);
}

async function openWriter(desk: BenchDesk, lease: BenchLease, digest: string, offset: number): Promise<ObjectWriter> {
  const writer = await desk.openWriter(lease.blob(digest), offset);
  return {
    ...writer,
    write: async (chunk) => {
      lease.touch();
      await writer.write(chunk);
    },
  };
}

/** The store of objects speaks of bundles. */
function explainDamage(error: unknown): never {
  if (!(error instanceof AppError) || error.code !== 'BUNDLE_DIGEST_MISMATCH') throw error;
  throw new AppError(
    'TRANSFER_INTERRUPTED',
    'A file of the model arrived damaged and the device removed it; start the benchmark again.',
    { details: error.details, retryable: true, cause: error },
  );
}

/** @throws INPUT_INVALID */
async function readRequest(request: IncomingMessage): Promise<Buffer> {
  try {
    return await readBody(request, MAX_REQUEST_BYTES);
  } catch (error) {
    if (error instanceof BodyTooLargeError) throw new AppError('INPUT_INVALID', error.message);
    throw error;
  }
}

function unknownRoute(method: string, url: URL): AppError {
  return new AppError('NOT_FOUND', `This agent cannot do ${method} on ${url.pathname}; set the device up again.`);
}
