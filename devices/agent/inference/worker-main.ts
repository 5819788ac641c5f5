// Entry of the inference worker: one process, one model, one request after the other over a blocking socket to the agent.
import { readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import type { GoldenReport } from '../../../shared/agent-protocol/messages.ts';
import { toAppError } from '../../../shared/errors/app-error.ts';
import { runGoldenCases } from '../../runtime/golden.ts';
import { createNativeSession, loadOrt, type NativeSession } from '../../runtime/native-session.ts';
import { GOLDEN_FILE } from '../../trust/release-paths.ts';
import {
  decodeInferPayload,
  encodeAnswerHead,
  encodeFrameHead,
  FRAME,
  type Frame,
  type InferAnswer,
  type InferBody,
} from './frames.ts';
import { measureGoldenLatency } from './golden-latency.ts';
import { OipError, type OipModel } from './oip-model.ts';
import { decodeInferRequest } from './oip-request.ts';
import { encodeInferResponse, encodeOipError } from './oip-response.ts';
import { createSyncFrameReader, writeParts } from './sync-socket.ts';
import { type LoadRequest, WORKER_SOCKET_FD, type WorkerReady } from './worker-protocol.ts';

interface LoadedModel {
  readonly request: LoadRequest;
  readonly session: NativeSession;
  readonly oip: OipModel;
}

function sendJson(kind: number, value: unknown): void {
  const payload = Buffer.from(JSON.stringify(value));
  writeParts(WORKER_SOCKET_FD, encodeFrameHead(kind, 0, payload.length), payload);
}

function load(request: LoadRequest): LoadedModel {
  const { directory, release } = request.installed;
  loadOrt(request.ortDir ?? undefined);
  const [model] = release.model.files;
  const session = createNativeSession(join(directory, model?.path ?? ''), release.runtimeOptions);
  const { name, version } = release.model;
  return { request, session, oip: { name, version, inputs: session.inputs, outputs: session.outputs } };
}

function golden({ request, session }: LoadedModel): GoldenReport {
  const { directory, release } = request.installed;
  const bytes = readFileSync(join(directory, GOLDEN_FILE));
  const comparison = runGoldenCases(session, release.golden, bytes);
  const latency = measureGoldenLatency(session, release, bytes);
  return { ...comparison, ...latency, loadMs: session.loadMs };
}

function answer({ oip, session }: LoadedModel, body: InferBody): InferAnswer {
  try {
    const request = decodeInferRequest(oip, body);
    return { status: 200, ...encodeInferResponse(oip, request, session.run(request.feeds)) };
  } catch (error) {
    if (error instanceof OipError) return { status: error.status, ...encodeOipError(error.message) };
    return { status: 500, ...encodeOipError(toAppError(error).message) };
  }
}

function handle(model: LoadedModel, frame: Frame): void {
  if (frame.kind === FRAME.infer) {
    const answered = answer(model, decodeInferPayload(frame.payload));
    writeParts(WORKER_SOCKET_FD, encodeAnswerHead(frame.id, answered.status, answered), answered.body);
  } else if (frame.kind === FRAME.golden) {
    try {
      sendJson(FRAME.goldenDone, golden(model));
    } catch (error) {
      sendJson(FRAME.failed, toAppError(error).toWire());
    }
  }
}

/** Serves until the agent closes the socket. A fault outside a request ends the process; the agent sees the exit and starts anew. */
function main(): void {
  // Ctrl-C in a terminal reaches the whole group; the agent decides when its worker ends.
  process.on('SIGINT', () => {});
  const next = createSyncFrameReader(WORKER_SOCKET_FD);
  const first = next();
  if (first === null) return;
  let model: LoadedModel;
  try {
    model = load(JSON.parse(first.payload.toString('utf8')) as LoadRequest);
  } catch (error) {
    sendJson(FRAME.failed, toAppError(error).toWire());
    process.exitCode = 1;
    return;
  }
  const { inputs, outputs, loadMs } = model.session;
  sendJson(FRAME.ready, { inputs, outputs, loadMs } satisfies WorkerReady);
  // Written now, because a worker that is killed writes nothing at its end.
  flushCompileCache();
  for (let frame = next(); frame !== null; frame = next()) handle(model, frame);
}

main();
// The runtime's threads would keep the process alive.
process.exit();
