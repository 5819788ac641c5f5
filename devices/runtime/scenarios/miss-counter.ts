// Deadline misses in order of the schedule: how many, in what bursts, and whether one brings on the next.

export interface MissCounter {
  add(isMiss: boolean): void;
  readonly total: number;
  readonly misses: number;
  /** Consecutive misses at most. */
  readonly longestBurst: number;
  /** Share of misses among those that follow a miss; null when nothing does. */
  readonly missAfterMiss: number | null;
}

export function createMissCounter(): MissCounter {
  let total = 0;
  let misses = 0;
  let burst = 0;
  let longestBurst = 0;
  let followers = 0;
  let followingMisses = 0;
  return {
    add: (isMiss) => {
      total += 1;
      if (burst > 0) {
        followers += 1;
        if (isMiss) followingMisses += 1;
      }
      burst = isMiss ? burst + 1 : 0;
      if (isMiss) misses += 1;
      longestBurst = Math.max(longestBurst, burst);
    },
    get total() {
      return total;
    },
    get misses() {
      return misses;
    },
    get longestBurst() {
      return longestBurst;
    },
    get missAfterMiss() {
      return followers > 0 ? followingMisses / followers : null;
    },
  };
}
