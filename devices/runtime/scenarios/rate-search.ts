// Looks for the highest rate that a yes-or-no trial still passes: outwards from a guess, then by halving what is left.

export interface RateSearch {
  /** The guess to begin with, in requests a second. */
  readonly start: number;
  /** No rate from here on can pass. */
  readonly ceiling: number;
  /** Ends when the rates that passed and failed are this close, as a ratio. */
  readonly precision: number;
  readonly maxTrials: number;
  hasTimeLeft(): boolean;
  passes(ratePerS: number): Promise<boolean>;
}

/** First steps away from the guess; each further one in the same direction is the square of the one before, up to a factor of 2. */
const UP = 1.06;
const DOWN = 0.85;

/** The highest rate that passed; null when none did. A first trial is always made. */
export async function searchRate(search: RateSearch): Promise<number | null> {
  let passed: number | null = null;
  let failed = search.ceiling;
  let up = UP;
  let down = DOWN;
  let rate = Math.min(search.start, search.ceiling / search.precision);
  for (let trial = 0; trial < search.maxTrials; trial++) {
    if (await search.passes(rate)) passed = rate;
    else failed = rate;
    if (!search.hasTimeLeft()) break;
    if (passed === null) {
      rate *= down;
      down = Math.max(1 / 2, down * down);
    } else if (failed / passed <= search.precision) break;
    else if (failed < search.ceiling) rate = Math.sqrt(passed * failed);
    else {
      rate = Math.min(passed * up, Math.sqrt(passed * failed));
      up = Math.min(2, up * up);
    }
  }
  return passed;
}
