// Who may measure on this device and when: one benchmark at a time, none beside a rollout, which goes first unless it is told to wait.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import {
  type BenchStopReason,
  benchFilesRequestSchema,
  type BenchLeaseRequest,
  benchLeaseRequestSchema,
} from '../../../shared/agent-protocol/bench.ts';
import { AGENT_ROUTES, type AgentStatus } from '../../../shared/agent-protocol/messages.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import type { Log } from '../log.ts';
import type { ObjectWriter } from '../release/object-store.ts';
import { receiveInto } from '../server/object-upload.ts';
import { readJson } from '../server/json-request.ts';
import { BodyTooLargeError, readBody } from '../server/read-body.ts';
import { sendJson } from '../server/respond.ts';
import { createBenchFiles } from './bench-files.ts';
import { type BenchLease, openBenchLease } from './bench-lease.ts';

export interface BenchDeskParts {
  /** The device's. */
  readonly root: string;
  /** Folder with the ONNX Runtime library; null: the one of the npm package. */
  readonly ortDir: string | null;
  readonly log: Log;
  readonly status: () => AgentStatus;
  /** Requests that the serving model has answered; null where nothing serves. */
  readonly served: () => number | null;
  /** Entry of the sidecar; default: the kit's. */
  readonly runner?: string;
}

export interface BenchDesk {
  /** Answers paths from `/v1/bench` on. */
  handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void>;
  /** Ends a running benchmark because a transaction begins. @throws DEVICE_BUSY while an exclusive one is held */
  makeWay(): Promise<void>;
  close(): Promise<void>;
}

const RUNNER = new URL(`./bench-runner${import.meta.url.endsWith('.ts') ? '.ts' : '.mjs'}`, import.meta.url);
/** Files of models that are kept between benchmarks. */
const KEPT_BYTES = 1024 * 1024 * 1024;
/** A request names its model and how to run it; tensors travel in requests for trial runs only. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

const WHY: Readonly<Record<BenchStopReason, string>> = {
  rollout: 'a rollout began there; start it again when that has ended',
  'agent-stopping': 'the agent stopped; start it again when it runs',
  silence: 'nothing had been heard from this computer for too long; start it again',
};

export function createBenchDesk(parts: BenchDeskParts): BenchDesk {
  const files = createBenchFiles(parts.root);
  const runnerArgs = [
    parts.runner ?? fileURLToPath(RUNNER),
    ...(parts.ortDir === null ? [] : ['--ort-dir', parts.ortDir]),
  ];
  let current: BenchLease | null = null;
  /** Settles when nothing of the last lease is left; a new one waits for it. */
  let ending: Promise<void> = Promise.resolve();
  /** For a request that was on its way when its lease ended. */
  let last: { readonly id: string; readonly reason: BenchStopReason | null } = { id: '', reason: null };
  let isTaking = false;
  let isClosed = false;

  async function take(request: BenchLeaseRequest, response: ServerResponse): Promise<void> {
    refuseIfBusy();
    isTaking = true;
    try {
      await ending;
      // A rollout may have begun meanwhile.
      refuseIfBusy(true);
      const lease = await openBenchLease(
        request,
        response,
        { root: parts.root, files, runnerArgs, served: parts.served, log: parts.log },
        (ended) => {
          last = ended;
          current = null;
          ending = ended.finished.then(tidy);
        },
      );
      if (response.destroyed) return;
      current = lease;
      // One that began while the folder was made saw no lease yet.
      if (rollout() !== null) return await lease.end('rollout');
      parts.log.info('A benchmark holds the device.', { holder: request.holder, priority: request.priority });
    } finally {
      isTaking = false;
    }
  }

  function refuseIfBusy(isOurs = false): void {
    if (isClosed)
      throw new AppError('DEVICE_BUSY', 'The agent is stopping; try again when it runs again.', { retryable: true });
    const underWay = rollout();
    if (underWay !== null) throw underWay;
    if (current !== null) throw heldBy(current, 'wait until it has ended or stop it');
    if (isTaking && !isOurs) {
      throw new AppError('DEVICE_BUSY', 'Another benchmark is starting on this device at this moment; try again.', {
        retryable: true,
      });
    }
  }

  /** DEVICE_BUSY that names the rollout which is under way; null when none is. */
  function rollout(): AppError | null {
    const { phase, candidate, txn } = parts.status();
    if (phase === 'idle' || phase === 'safe') return null;
    const what = candidate === null ? '' : ` of ${candidate.name} ${candidate.version}`;
    return new AppError(
      'DEVICE_BUSY',
      `A rollout${what} is under way on this device (phase ${phase}); start the benchmark when it has ended.`,
      { details: { phase, txn }, retryable: true },
    );
  }

  async function tidy(): Promise<void> {
    try {
      await files.trim(KEPT_BYTES);
    } catch (error) {
      // The next benchmark tries again; until then the files only take room.
      parts.log.warn('Files of past benchmarks could not be removed.', { reason: toAppError(error).message });
    }
  }

  /** @throws DEVICE_BENCH_STOPPED when the device ended it, NOT_FOUND */
  function leaseOf(id: string): BenchLease {
    if (current?.id === id) {
      current.touch();
      return current;
    }
    if (last.id === id && last.reason !== null) {
      throw new AppError('DEVICE_BENCH_STOPPED', `This benchmark was stopped on the device: ${WHY[last.reason]}.`, {
        details: { reason: last.reason },
        retryable: true,
      });
    }
    throw new AppError('NOT_FOUND', 'This benchmark does not hold the device any more; start it again.', {
      retryable: true,
    });
  }

  async function openWriter(lease: BenchLease, digest: string, offset: number): Promise<ObjectWriter> {
    const writer = await files.openWriter(lease.blob(digest), offset);
    return {
      ...writer,
      write: async (chunk) => {
        lease.touch();
        await writer.write(chunk);
      },
    };
  }

  async function handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { method = '' } = request;
    if (url.pathname === AGENT_ROUTES.bench && method === 'POST') {
      return take(await readJson(request, benchLeaseRequestSchema), response);
    }
    const [id = '', area, item, ...more] = url.pathname.slice(AGENT_ROUTES.bench.length + 1).split('/');
    const route = `${method} ${area ?? ''}`;
    if (more.length > 0) throw unknownRoute(method, url);
    const lease = leaseOf(id);
    if (item === undefined) {
      switch (route) {
        case 'GET ':
          return sendJson(response, 200, lease.info());
        case 'DELETE ':
          await lease.end(null);
          await ending;
          return sendJson(response, 200, {});
        case 'POST files':
          return sendJson(response, 200, await lease.place((await readJson(request, benchFilesRequestSchema)).files));
        case 'POST processes':
          return lease.launch(response);
      }
    } else if (route === 'PUT objects') {
      const digest = decodeURIComponent(item);
      const open = (offset: number): Promise<ObjectWriter> => openWriter(lease, digest, offset);
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

  return {
    handle,
    makeWay: async () => {
      if (current?.request.priority === 'exclusive') {
        throw heldBy(current, 'nothing may be rolled out meanwhile: wait until it has ended or stop it');
      }
      if (current !== null)
        parts.log.info('A benchmark is ended because a transaction begins.', { holder: current.request.holder });
      await current?.end('rollout');
    },
    close: async () => {
      isClosed = true;
      await current?.end('agent-stopping');
      await ending;
    },
  };
}

function heldBy({ request }: BenchLease, advice: string): AppError {
  const kind = request.priority === 'exclusive' ? 'an exclusive benchmark' : 'a benchmark';
  return new AppError('DEVICE_BUSY', `${request.holder} runs ${kind} on this device; ${advice}.`, {
    details: { holder: request.holder, priority: request.priority },
    retryable: true,
  });
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
