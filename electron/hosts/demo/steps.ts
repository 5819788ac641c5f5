// The steps of the demo: each is announced, shown while it runs, timed, and kept for the table at the end.
import { formatMs } from '../../../shared/domain/quantities.ts';
import type { Terminal } from '../cli/terminal.ts';

export interface StepReport {
  readonly step: string;
  readonly seconds: number;
  readonly result: string;
}

export interface Steps {
  /** Runs `work`; what it returns as `result` goes into the table. */
  run<T>(title: string, work: (say: (text: string) => void) => Promise<{ value: T; result: string }>): Promise<T>;
  readonly reports: readonly StepReport[];
}

export function createSteps(terminal: Terminal, signal: AbortSignal): Steps {
  const reports: StepReport[] = [];
  return {
    reports,
    run: async (title, work) => {
      signal.throwIfAborted();
      const startedAt = performance.now();
      const say = (text: string): void => terminal.progress(`${title}: ${text}`);
      terminal.progress(`${title} …`);
      const { value, result } = await work(say);
      const seconds = (performance.now() - startedAt) / 1000;
      reports.push({ step: title, seconds: Math.round(seconds * 1000) / 1000, result });
      terminal.line(`✓ ${title}, ${formatMs(seconds * 1000)}: ${result}`);
      return value;
    },
  };
}
