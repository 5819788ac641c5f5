// The typed client of the contract over whichever line there is, and the state of that line; opens it again when it breaks.
import { type ClientContext, createORPCClient, DynamicLink } from '@orpc/client';
import type { RpcClient } from '../../shared/contract/index.ts';
import { abortError } from './abort.ts';
import { asAppError, backendUnavailable } from './errors.ts';
import type { Line, Transport } from './rpc-transports.ts';
import { createStore, type Store } from './store.ts';

/** `connecting`: the first line is being opened. `away`: it broke; `retryAtMs` is when the next try starts. */
export type LineState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  | { readonly kind: 'away'; readonly sinceMs: number; readonly retryAtMs: number; readonly tries: number };

export interface RpcConnection {
  readonly client: RpcClient;
  readonly state: Store<LineState>;
  /** Tries at once instead of at `retryAtMs`. */
  retryNow(): void;
  close(): void;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8000;

/** Delay before try `tries` (from 1): doubles from a quarter of a second to eight. */
export function backOffMs(tries: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, tries - 1));
}

/**
 * Keeps one line open for as long as the page lives. Calls wait for the first line; while it is away they fail at
 * once with BACKEND_UNAVAILABLE, so that nothing hangs and no command runs later than the user meant it.
 */
export function createRpcConnection(transport: Transport): RpcConnection {
  const state = createStore<LineState>({ kind: 'connecting' });
  const ended = new AbortController();
  let line: Line | undefined;
  let wake: () => void = () => undefined;

  const nextLine = async (): Promise<Line> => {
    if (line) return line;
    if (state.get().kind === 'connecting') await until(state, (now) => now.kind !== 'connecting');
    if (!line) throw backendUnavailable();
    return line;
  };

  const run = async () => {
    let tries = 0;
    let sinceMs = Date.now();
    while (!ended.signal.aborted) {
      try {
        line = await transport(ended.signal);
        tries = 0;
        state.set({ kind: 'open' });
        await line.closed;
        sinceMs = Date.now();
      } catch {
        // The state below is the report: the banner shows it and the next round tries again.
      }
      line = undefined;
      if (ended.signal.aborted) return;
      tries += 1;
      const delayMs = backOffMs(tries);
      state.set({ kind: 'away', sinceMs, retryAtMs: Date.now() + delayMs, tries });
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delayMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  void run();

  const link = new DynamicLink<ClientContext>(async () => {
    const current = await nextLine();
    return {
      call: async (path, input, options) => {
        try {
          return await current.link.call(path, input, options);
        } catch (error) {
          if (line !== current && !options.signal?.aborted) throw backendUnavailable(error);
          throw asAppError(error);
        }
      },
    };
  });

  return {
    client: createORPCClient<RpcClient>(link),
    state,
    retryNow: () => wake(),
    close() {
      ended.abort();
      wake();
      line?.close();
    },
  };
}

/** Resolves once the store's value satisfies `accepts`. */
export function until<T>(store: Store<T>, accepts: (value: T) => boolean, signal?: AbortSignal): Promise<void> {
  if (accepts(store.get())) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = store.subscribe(() => {
      if (!accepts(store.get())) return;
      stop();
      resolve();
    });
    signal?.addEventListener('abort', () => {
      stop();
      reject(abortError(signal));
    });
  });
}
