// What every collector looks like to the sampler: found once, read every second, looked for again once a minute.
import type { SensorState } from '../../shared/agent-protocol/sample.ts';

export interface Source {
  /** Reads the values of this tick. `elapsedS`: seconds since the tick before, NaN on the first one. */
  read(elapsedS: number): void;
  /** State of the last read. */
  readonly state: SensorState;
  /** Looks again for what was missing; called once a minute. */
  probe(): void;
  close(): void;
}

/** NaN becomes null: a value that is missing is never a number. */
export function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** As `orNull`, rounded to `digits` decimals to keep the wire short. */
export function rounded(value: number, digits: number): number | null {
  if (Number.isNaN(value)) return null;
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}
