// What disturbs the measuring process itself: the scheduler taking it off its core, and garbage collections.
import { PerformanceObserver } from 'node:perf_hooks';

export interface ProcessWatch {
  /** Since the watch was made. Collections are known after a turn of the event loop. */
  counts(): { readonly involuntarySwitches: number; readonly garbageCollections: number };
  close(): void;
}

export function createProcessWatch(): ProcessWatch {
  let garbageCollections = 0;
  const observer = new PerformanceObserver((entries) => {
    garbageCollections += entries.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const before = process.resourceUsage().involuntaryContextSwitches;
  return {
    counts: () => ({
      involuntarySwitches: process.resourceUsage().involuntaryContextSwitches - before,
      garbageCollections,
    }),
    close: () => observer.disconnect(),
  };
}
