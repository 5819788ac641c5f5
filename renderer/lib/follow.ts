// Follows a stream of the backend across lost connections: its first message is always a snapshot, so it is simply opened again.
import type { AppError } from '../../shared/errors/app-error.ts';
import { asAppError } from './errors.ts';
import { backOffMs, type RpcConnection, until } from './rpc.ts';

export interface FollowOptions<E> {
  open(signal: AbortSignal): Promise<AsyncIterable<E>>;
  onMessage(message: E): void;
  /** The stream cannot go on: a failure that opening it again would not cure. */
  onFailure(error: AppError): void;
  /** The stream came to its own end. */
  onEnd?(): void;
}

const MOST_TRIES = 6;

/** Starts following; returns the function that stops it. */
export function follow<E>(connection: Pick<RpcConnection, 'state'>, options: FollowOptions<E>): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  const run = async () => {
    let tries = 0;
    while (!signal.aborted) {
      await until(connection.state, (state) => state.kind === 'open', signal);
      try {
        for await (const message of await options.open(signal)) {
          if (signal.aborted) return;
          tries = 0;
          options.onMessage(message);
        }
        if (connection.state.get().kind === 'open') {
          if (!signal.aborted) options.onEnd?.();
          return;
        }
      } catch (error) {
        if (signal.aborted) return;
        const failure = asAppError(error);
        const isLost = failure.code === 'BACKEND_UNAVAILABLE' || connection.state.get().kind !== 'open';
        tries += 1;
        if (!isLost && (!failure.retryable || tries > MOST_TRIES)) {
          options.onFailure(failure);
          return;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, backOffMs(tries)));
    }
  };
  run().catch((error: unknown) => {
    if (!signal.aborted) options.onFailure(asAppError(error));
  });
  return () => ended.abort();
}
