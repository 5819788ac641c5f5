// A small HTTP client for a device's agent over the connection's channels: JSON calls, NDJSON streams, uploads.
import type { ClientRequest, IncomingMessage } from 'node:http';
import { AppError } from '../../shared/errors/app-error.ts';
import { type AgentStream, findAgentDoor } from './agent-door.ts';
import { answerError, conversationEnded, notUnderstood } from './agent-errors.ts';
import { type ExchangePlan, startExchange } from './agent-exchange.ts';
import { ChannelPool } from './agent-pool.ts';
import type { Connection } from './connection.ts';
import { parseLines, readText } from './http-body.ts';

export interface AgentCall {
  /** Default GET, or POST with a body. */
  readonly method?: string;
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** JSON that is sent as it is, instead of `body`. */
  readonly rawBody?: string | Buffer;
  readonly signal?: AbortSignal;
}

export interface AgentUpload {
  readonly path: string;
  readonly source: AsyncIterable<Buffer>;
  /** Exact number of bytes that `source` gives. */
  readonly length: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (sentBytes: number) => void;
}

export interface AgentChannel {
  /** How the agent is reached: its socket directly, or its bridge where the server forbids sockets. */
  readonly kind: 'socket' | 'bridge';
  /**
   * One call. Resolves with the JSON of the answer, null for an empty one.
   * @throws the agent's own AppError, SSH_TIMEOUT, CANCELLED, AGENT_NOT_RUNNING, AGENT_INCOMPATIBLE, link errors
   */
  request(call: AgentCall & { readonly timeoutMs?: number }): Promise<unknown>;
  /** One JSON value a line, with back-pressure; leaving the loop ends the call. @throws like `request` */
  stream(call: AgentCall): AsyncGenerator<unknown, void, undefined>;
  /** Sends bytes with PUT. @throws like `request`, TRANSFER_INTERRUPTED, or what the source threw */
  put(upload: AgentUpload): Promise<unknown>;
  /** Ends its channels and calls; the connection stays. */
  close(): void;
}

/** Marks what the caller's own source threw, which is passed on as it is. */
class SourceFailed extends Error {}

/** Writes the source with back-pressure; ends early, without an error, when the agent has answered already. */
async function sendBody(request: ClientRequest, response: Promise<IncomingMessage>, upload: AgentUpload) {
  let hasAnswer = false;
  const answered = response.then(() => {
    hasAnswer = true;
  });
  answered.catch(() => undefined);
  let sentBytes = 0;
  const source = upload.source[Symbol.asyncIterator]();
  try {
    while (!hasAnswer) {
      const next = await source.next().catch((error: unknown) => {
        throw new SourceFailed('the source failed', { cause: error });
      });
      if (next.done) break;
      const hasRoom = request.write(next.value);
      sentBytes += next.value.length;
      upload.onProgress?.(sentBytes);
      if (!hasRoom) await Promise.race([new Promise<void>((resolve) => request.once('drain', resolve)), answered]);
    }
  } finally {
    // Lets the source close its file when the sending ended before it did.
    await source.return?.();
  }
  if (!hasAnswer) request.end();
}

/**
 * Opens the agent of a device. `root`: absolute path of Lineside's folder there.
 * @throws AGENT_NOT_INSTALLED, AGENT_NOT_RUNNING, CANCELLED, link errors
 */
export async function openAgent(
  connection: Connection,
  { root, signal }: { readonly root: string; readonly signal?: AbortSignal },
): Promise<AgentChannel> {
  const { target } = connection;
  const { door, first } = await findAgentDoor(connection, root, signal);
  let spare: AgentStream | null = first;
  let isClosed = false;
  const open = async (): Promise<AgentStream> => {
    const unused = spare;
    spare = null;
    return unused && !unused.stream.destroyed ? unused : await door.open();
  };
  const kept = new ChannelPool(open, true);
  // Calls that must not be tried twice never get a stream that may have ended meanwhile.
  const fresh = new ChannelPool(open, false);

  const planOf = (pool: ChannelPool, call: AgentCall): ExchangePlan => {
    if (isClosed) throw conversationEnded(target, false, new Error('the agent channel is closed'));
    const payload = call.rawBody ?? (call.body === undefined ? null : JSON.stringify(call.body));
    const bodyHeaders: Record<string, string> =
      payload === null
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) };
    const method = call.method ?? (payload === null ? 'GET' : 'POST');
    return { target, pool, method, path: call.path, headers: bodyHeaders, payload, signal: call.signal };
  };

  const readAnswer = async (message: IncomingMessage): Promise<unknown> => {
    const text = await readText(message);
    const status = message.statusCode ?? 0;
    if (status >= 400) throw answerError(target, status, text);
    if (text.trim() === '') return null;
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw notUnderstood(target, 'gave an answer that is not JSON', error);
    }
  };

  const request: AgentChannel['request'] = async (call) => {
    const exchange = startExchange({ ...planOf(kept, call), timeoutMs: call.timeoutMs });
    try {
      return await readAnswer(await exchange.response);
    } catch (error) {
      if (!(error instanceof AppError) && exchange.isStale()) return await request(call);
      return await exchange.fail(error);
    } finally {
      exchange.dispose();
    }
  };

  return {
    kind: door.kind,
    request,
    async *stream(call) {
      const exchange = startExchange(planOf(fresh, call));
      try {
        const message = await exchange.response;
        if ((message.statusCode ?? 0) >= 400) await readAnswer(message);
        yield* parseLines(message);
      } catch (error) {
        await exchange.fail(error);
      } finally {
        exchange.dispose();
        exchange.request.destroy();
      }
    },
    async put(upload) {
      const headers = { 'content-type': 'application/octet-stream', 'content-length': String(upload.length) };
      const { payload: _none, ...plan } = planOf(fresh, { method: 'PUT', path: upload.path });
      const exchange = startExchange({ ...plan, headers, signal: upload.signal });
      try {
        await sendBody(exchange.request, exchange.response, upload);
        return await readAnswer(await exchange.response);
      } catch (error) {
        exchange.request.destroy();
        if (error instanceof SourceFailed) throw error.cause;
        return await exchange.fail(error);
      } finally {
        exchange.dispose();
      }
    },
    close() {
      isClosed = true;
      spare?.stream.destroy();
      kept.destroy();
      fresh.destroy();
    },
  };
}
