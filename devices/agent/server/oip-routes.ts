// The Open Inference Protocol over HTTP (KServe V2 REST). It never looks into tensors: bodies go to the worker as they are.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AgentInferenceHost } from '../inference/create-inference-host.ts';
import type { InferAnswer } from '../inference/frames.ts';
import { OipError } from '../inference/oip-model.ts';
import { announcedBytes, BodyAbortedError, BodyTooLargeError, discardRest, readBody } from './read-body.ts';
import { sendJson } from './respond.ts';

/** KServe's binary tensor data extension. */
const HEADER_LENGTH = 'inference-header-content-length';
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** All bodies that are in memory at one time, waiting ones included. */
const MAX_HELD_BYTES = 192 * 1024 * 1024;

export interface OipRoutes {
  /** Answers paths that begin with /v2. */
  handle(request: IncomingMessage, response: ServerResponse, path: string): void;
}

/** `agentVersion` is what `GET /v2` reports as the server's version. */
export function createOipRoutes(host: AgentInferenceHost, agentVersion: string): OipRoutes {
  let heldBytes = 0;

  function handle(request: IncomingMessage, response: ServerResponse, path: string): void {
    try {
      dispatch(request, response, path);
    } catch (error) {
      fail(request, response, error);
    }
  }

  function dispatch(request: IncomingMessage, response: ServerResponse, path: string): void {
    const [, , area, ...rest] = path.split('/').map(decodeSegment);
    if (area === undefined || area === '') {
      allow(request, 'GET');
      sendJson(response, 200, { name: 'lineside', version: agentVersion, extensions: ['binary_tensor_data'] });
    } else if (area === 'health' && rest.length === 1) health(request, response, rest[0] as string);
    else if (area === 'models' && rest.length > 0) model(request, response, rest);
    else throw notFound(path);
  }

  function health(request: IncomingMessage, response: ServerResponse, kind: string): void {
    allow(request, 'GET');
    if (kind === 'live') sendJson(response, 200, { live: true });
    else if (kind === 'ready') sendJson(response, host.isReady() ? 200 : 503, { ready: host.isReady() });
    else throw notFound(`/v2/health/${kind}`);
  }

  function model(request: IncomingMessage, response: ServerResponse, segments: readonly string[]): void {
    const name = segments[0] as string;
    const hasVersion = segments[1] === 'versions' && segments[2] !== undefined;
    const version = hasVersion ? (segments[2] as string) : null;
    const action = segments.slice(hasVersion ? 3 : 1).join('/');
    if (action !== '' && action !== 'ready' && action !== 'infer') throw notFound(`/v2/models/${segments.join('/')}`);
    allow(request, action === 'infer' ? 'POST' : 'GET');
    const served = host.served();
    if (served?.name !== name || (version !== null && served.version !== version)) {
      throw new OipError(
        404,
        `The model "${name}"${version === null ? '' : ` version "${version}"`} is not served here.`,
      );
    }
    if (action === 'infer') void infer(request, response, name, version);
    else if (action === 'ready') sendJson(response, host.isReady() ? 200 : 503, { name, ready: host.isReady() });
    else {
      const metadata = host.metadata();
      if (metadata === null) throw new OipError(503, 'The inference worker is being restarted; try again shortly.');
      sendJson(response, 200, metadata);
    }
  }

  async function infer(
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    version: string | null,
  ): Promise<void> {
    let held = announcedBytes(request) ?? 0;
    heldBytes += held;
    response.on('close', () => {
      heldBytes -= held;
    });
    try {
      const headerLength = headerLengthOf(request);
      if (heldBytes > MAX_HELD_BYTES)
        throw new OipError(429, 'The device is busy: too much request data is in memory.');
      const body = await readBody(request, MAX_BODY_BYTES);
      heldBytes += body.length - held;
      held = body.length;
      const giveUp = host.submit({
        model: name,
        version,
        request: { headerLength, body },
        onAnswer: (answer) => sendAnswer(response, answer),
        onError: (error) => fail(request, response, error),
      });
      response.on('close', giveUp);
    } catch (error) {
      fail(request, response, error);
    }
  }

  return { handle };
}

function sendAnswer(response: ServerResponse, answer: InferAnswer): void {
  if (response.destroyed) return;
  const headers: Record<string, string | number> = { 'content-length': answer.body.length };
  if (answer.headerLength === null) headers['content-type'] = 'application/json';
  else {
    headers['content-type'] = 'application/octet-stream';
    headers[HEADER_LENGTH] = answer.headerLength;
  }
  response.writeHead(answer.status, headers);
  response.end(answer.body);
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  // The sender is gone: there is nobody to answer.
  if (error instanceof BodyAbortedError || response.destroyed || response.headersSent) return;
  let status = 500;
  if (error instanceof BodyTooLargeError) status = 413;
  else if (error instanceof OipError) status = error.status;
  const message = error instanceof Error ? error.message : String(error);
  sendJson(response, status, { error: message });
  discardRest(request);
}

function headerLengthOf(request: IncomingMessage): number | null {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new OipError(415, `The content encoding "${encoding}" is not supported; send the request uncompressed.`);
  }
  const header = request.headers[HEADER_LENGTH];
  if (header === undefined) return null;
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  throw new OipError(400, 'Inference-Header-Content-Length is not a number of bytes.');
}

function allow(request: IncomingMessage, method: string): void {
  if (request.method !== method) throw new OipError(405, `Only ${method} is possible here.`);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new OipError(400, 'The path is not properly encoded.');
  }
}

function notFound(path: string): OipError {
  return new OipError(404, `There is nothing at ${path}.`);
}
