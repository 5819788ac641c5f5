// Faults at the steps of the release engine that change the disk: stop dead there, as a killed process does, or find the disk full.
import type { StepHook } from '../../devices/agent/release/fs-durable.ts';

export interface StepFault {
  readonly hook: StepHook;
  /** Names of the steps so far. */
  readonly steps: readonly string[];
  /** Resolves when the fault has happened. */
  readonly happened: Promise<void>;
  /** From now on every step is done. */
  clear(): void;
}

export interface Freeze extends StepFault {
  /** Lets the frozen engine fail at last, without doing any step, so that it can be closed. */
  abandon(): void;
}

/** Before step number `at` (from 0), and before every later one, nothing is ever done again: the process is as good as dead. */
export function freezeAt(at: number): Freeze {
  const { promise: abandoned, reject } = Promise.withResolvers<never>();
  abandoned.catch(() => undefined);
  return { ...fault(at, () => abandoned), abandon: () => reject(new Error('This engine is dead.')) };
}

/** Names of the steps that a full disk stops. */
export const NEEDS_SPACE = /^(?:create|mkdir|write|link|journal|open)/;

/** From step number `at` on, every step that needs space fails. */
export function diskFullFrom(at: number): StepFault {
  return fault(at, (step) => {
    if (NEEDS_SPACE.test(step)) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  });
}

function fault(at: number, act: (step: string) => void | Promise<void>): StepFault {
  const steps: string[] = [];
  const { promise: happened, resolve } = Promise.withResolvers<void>();
  let isCleared = false;
  return {
    steps,
    happened,
    hook: async (step) => {
      const index = steps.push(step) - 1;
      if (isCleared || index < at) return;
      resolve();
      await act(step);
    },
    clear: () => {
      isCleared = true;
    },
  };
}
