// Peak memory of the process, and how much of it the model accounts for.
import { loadOrt } from '../ort-binding.ts';

let baselineBytes: number | null = null;

/**
 * The process's peak with the runtime loaded and no model yet; taken once, before the first model of the process.
 * An add-on that cannot be loaded is no matter here.
 */
export function noteMemoryBaseline(ortDir: string | undefined): number {
  if (baselineBytes === null) {
    try {
      loadOrt(ortDir);
    } catch {
      // Opening the model tells why.
    }
    baselineBytes = peakRssBytes();
  }
  return baselineBytes;
}

export function peakRssBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
