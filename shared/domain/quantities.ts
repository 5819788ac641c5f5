// Quantities for people, as the command line and reports write them: bytes, durations, shares, counts.

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Decimal units, three significant digits: 2.21 MB. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : significant(value)} ${BYTE_UNITS[unit] ?? 'B'}`;
}

export function formatMs(ms: number | null): string {
  if (ms === null) return '–';
  if (ms === 0) return '0 ms';
  const { unit, factor } = unitOf(ms);
  return `${significant(ms * factor)} ${unit}`;
}

/** Both ends in one unit, with as many digits as tell them apart (at most five): 2.501 to 2.508 ms. */
export function formatRangeMs(lowMs: number, highMs: number): string {
  const { unit, factor } = unitOf(highMs);
  const [low, high] = [lowMs * factor, highMs * factor];
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.max(high, 1e-9))));
  const extra = [0, 1, 2].find((more) => low.toFixed(places + more) !== high.toFixed(places + more)) ?? 0;
  return `${low.toFixed(places + extra)} to ${high.toFixed(places + extra)} ${unit}`;
}

export function formatCount(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 });
}

export function formatPercent(ratio: number | null): string {
  return ratio === null ? '–' : `${(ratio * 100).toFixed(ratio < 0.1 ? 1 : 0)} %`;
}

/** A length of time in one or two units: 45 s, 12 min, 2 h 30 min. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  const minutes = Math.round(seconds / 60);
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function unitOf(ms: number): { readonly unit: string; readonly factor: number } {
  if (ms >= 10_000) return { unit: 's', factor: 0.001 };
  return ms < 1 ? { unit: 'µs', factor: 1000 } : { unit: 'ms', factor: 1 };
}

function significant(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
