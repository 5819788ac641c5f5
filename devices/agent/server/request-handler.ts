// Routes of the agent's HTTP server: everything on the Unix socket, the Open Inference Protocol alone on the TCP port.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import {
  AGENT_ROUTES,
  type AgentHello,
  type AgentStatus,
  beginRequestSchema,
  type Inventory,
} from '../../../shared/agent-protocol/messages.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { BenchGate } from '../bench/bench-gate.ts';
import type { Log } from '../log.ts';
import type { ReleaseEngine } from '../release/release-engine.ts';
import { readJson } from './json-request.ts';
import { receiveObject } from './object-upload.ts';
import type { OipRoutes } from './oip-routes.ts';
import { BodyAbortedError, discardRest } from './read-body.ts';
import { sendError, sendJson } from './respond.ts';
import { streamTransaction } from './transaction-stream.ts';
import type { WatchHub } from './watch-stream.ts';

export interface HandlerParts {
  readonly hello: () => AgentHello;
  /** Waits for the inventory when it is still being taken. */
  readonly inventory: () => Promise<Inventory>;
  readonly status: () => AgentStatus;
  readonly engine: ReleaseEngine;
  /** Until the engine has recovered, everything about releases waits; when it could not, its error is the answer. */
  readonly recovered: Promise<void>;
  readonly watch: WatchHub;
  readonly oip: OipRoutes;
  readonly bench: Pick<BenchGate, 'handle'>;
  readonly shutdown: () => void;
  readonly log: Log;
}

const MAX_HISTORY = 3600;

/** Handler for the loopback TCP port: any user of the device can reach it, so it does nothing but inference. */
export function createInferenceHandler(oip: OipRoutes): RequestListener {
  return (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] as string;
    if (isOipPath(path)) oip.handle(request, response, path);
    else sendJson(response, 404, { error: 'Only the Open Inference Protocol (/v2) is served here.' });
  };
}

export function createAgentHandler(parts: HandlerParts): RequestListener {
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://agent');
    if (isOipPath(url.pathname)) {
      parts.oip.handle(request, response, url.pathname);
      return;
    }
    dispatch(parts, request, response, url).catch((error: unknown) => {
      if (error instanceof BodyAbortedError) return;
      if (!(error instanceof AppError))
        parts.log.error('A request failed through a fault of the agent.', describe(error));
      sendError(response, error);
      discardRest(request);
    });
  };
}

async function dispatch(
  parts: HandlerParts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const { engine } = parts;
  const route = `${request.method ?? ''} ${url.pathname}`;
  if (route === `GET ${AGENT_ROUTES.hello}`) return sendJson(response, 200, parts.hello());
  if (route === `GET ${AGENT_ROUTES.inventory}`) return sendJson(response, 200, await parts.inventory());
  if (route === `POST ${AGENT_ROUTES.shutdown}`) {
    response.on('close', parts.shutdown);
    return sendJson(response, 200, {}, { connection: 'close' });
  }
  await parts.recovered;
  if (url.pathname === AGENT_ROUTES.bench || url.pathname.startsWith(`${AGENT_ROUTES.bench}/`))
    return parts.bench.handle(request, response, url);
  switch (route) {
    case `GET ${AGENT_ROUTES.status}`:
      return sendJson(response, 200, parts.status());
    case `GET ${AGENT_ROUTES.watch}`:
      return parts.watch.attach(response, historyCount(url.searchParams));
    case `POST ${AGENT_ROUTES.transactions}`:
      return sendJson(response, 200, await engine.begin(await readJson(request, beginRequestSchema)));
    case `POST ${AGENT_ROUTES.rollback}`:
      return streamTransaction(response, (emit) => engine.rollback(emit));
    default:
      return dispatchTransaction(parts, request, response, url);
  }
}

async function dispatchTransaction(
  parts: HandlerParts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (request.method === 'PUT' && url.pathname.startsWith(`${AGENT_ROUTES.objects}/`)) {
    const digest = decodeURIComponent(url.pathname.slice(AGENT_ROUTES.objects.length + 1));
    return sendJson(response, 200, await receiveObject(parts.engine, digest, url.searchParams, request));
  }
  const transaction = /^\/v1\/transactions\/([A-Za-z0-9-]{8,64})(?:\/(prepare|activate))?$/.exec(url.pathname);
  if (transaction !== null) return transact(parts, request, response, transaction[1] as string, transaction[2]);
  throw new AppError(
    'NOT_FOUND',
    `This agent has nothing at ${url.pathname}; the laptop may run a newer Lineside: set the device up again.`,
  );
}

async function transact(
  { engine }: HandlerParts,
  request: IncomingMessage,
  response: ServerResponse,
  txn: string,
  step: string | undefined,
): Promise<void> {
  if (request.method === 'POST' && step === 'prepare')
    return streamTransaction(response, (emit) => engine.prepare(txn, emit));
  if (request.method === 'POST' && step === 'activate')
    return streamTransaction(response, (emit) => engine.activate(txn, emit));
  if (request.method === 'DELETE' && step === undefined) {
    await engine.abort(txn);
    return sendJson(response, 200, {});
  }
  throw new AppError('NOT_FOUND', `This agent cannot do ${request.method ?? ''} on a transaction.`);
}

function isOipPath(path: string): boolean {
  return path === '/v2' || path.startsWith('/v2/');
}

function historyCount(query: URLSearchParams): number {
  const count = Number(query.get('history') ?? '0');
  if (Number.isSafeInteger(count) && count >= 0) return Math.min(count, MAX_HISTORY);
  throw new AppError('INPUT_INVALID', 'history must be a whole number of samples.');
}

function describe(error: unknown): Record<string, unknown> {
  return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
