// A connection of the preview: always open, never answering, always failing, or breaking after a moment.
import { AppError } from '../../shared/errors/app-error.ts';
import { backendUnavailable } from '../lib/errors.ts';
import type { LineState, RpcConnection } from '../lib/rpc.ts';
import { createStore } from '../lib/store.ts';
import { createFakeClient } from './fake-client.ts';
import type { Scenario } from './scenarios.ts';

const BREAKS_AFTER_MS = 1500;

export function createFakeConnection(scenario: Scenario): RpcConnection {
  const state = createStore<LineState>({ kind: 'open' });
  const gate = async () => {
    if (scenario === 'loading') await new Promise(() => undefined);
    if (scenario === 'error')
      throw new AppError(
        'LOCAL_DISK_FULL',
        'The data folder /home/engineer/.local/share/lineside has no space left for the index.',
      );
    if (state.get().kind === 'away') throw backendUnavailable();
  };
  const breakLine = () => state.set({ kind: 'away', sinceMs: Date.now(), retryAtMs: Date.now() + 8000, tries: 6 });
  if (scenario === 'away') setTimeout(breakLine, BREAKS_AFTER_MS);
  return { client: createFakeClient(scenario, gate), state, retryNow: breakLine, close: () => undefined };
}
