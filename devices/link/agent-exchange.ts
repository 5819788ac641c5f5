// One HTTP request to the agent from its first byte to its end: signal, time limit, and the truest reason when it fails.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError, cancelled } from '../../shared/errors/app-error.ts';
import { conversationEnded, notUnderstood } from './agent-errors.ts';
import type { ChannelPool } from './agent-pool.ts';

export interface ExchangePlan {
  readonly target: string;
  readonly pool: ChannelPool;
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  /** Sent and ended at once; undefined: the caller writes the body. */
  readonly payload?: string | Buffer | null;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface Exchange {
  readonly request: ClientRequest;
  readonly response: Promise<IncomingMessage>;
  /** True when the request went out on a kept stream that had ended meanwhile: it says nothing about the call. */
  isStale(): boolean;
  /** Throws the AppError for what went wrong. */
  fail(error: unknown): Promise<never>;
  /** To be called when the exchange is over. */
  dispose(): void;
}

/** Starts the request. @throws CANCELLED when the signal has fired already */
export function startExchange(plan: ExchangePlan): Exchange {
  const { target, pool, signal, timeoutMs, payload } = plan;
  const what = `The request to ${target}`;
  if (signal?.aborted) throw cancelled(what);
  const isUpload = payload === undefined;
  const request = httpRequest({
    agent: pool,
    method: plan.method,
    path: plan.path,
    host: 'agent',
    headers: plan.headers,
  });
  let stream: Duplex | null = null;
  let hasResponse = false;
  const { promise: response, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  response.catch(() => undefined);
  request.on('socket', (socket) => {
    stream = socket;
  });
  request.on('response', (message) => {
    hasResponse = true;
    resolve(message);
  });
  request.on('error', reject);

  // Kept here because node:http may report the end of the stream instead of the reason given to destroy().
  let brokenOff: AppError | null = null;
  const breakOff = (reason: AppError): void => {
    brokenOff ??= reason;
    request.destroy(reason);
  };
  const onAbort = () => breakOff(cancelled(what));
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          const sentence = `The agent on ${target} did not answer within ${timeoutMs / 1000} s; try again.`;
          breakOff(new AppError('SSH_TIMEOUT', sentence, { retryable: true }));
        }, timeoutMs);
  if (!isUpload) request.end(payload ?? undefined);

  const explain = async (error: unknown): Promise<AppError> => {
    if (brokenOff) return brokenOff;
    if (error instanceof AppError) return error;
    const told = stream?.errored;
    if (told instanceof AppError) return told;
    const explained = stream ? await pool.explainEnd(stream) : null;
    if (explained instanceof AppError) return explained;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    return code.startsWith('HPE_')
      ? notUnderstood(target, 'does not speak HTTP', error)
      : conversationEnded(target, isUpload, error);
  };

  return {
    request,
    response,
    isStale: () => request.reusedSocket && !hasResponse && brokenOff === null && !(stream?.errored instanceof AppError),
    async fail(error) {
      throw await explain(error);
    },
    dispose() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
