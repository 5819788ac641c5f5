// Option values of the command line: numbers with bounds, lengths of time, shares, lists, key=value labels.
import { InvalidArgumentError } from 'commander';

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number of 1 or more.');
  return value;
}

export function nonNegativeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || text.trim() === '')
    throw new InvalidArgumentError('Give a whole number of 0 or more.');
  return value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

export function nonNegativeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || text.trim() === '')
    throw new InvalidArgumentError('Give a number of 0 or more.');
  return value;
}

/** Collects `--label key=value` options. */
export function label(text: string, labels: Record<string, string> = {}): Record<string, string> {
  const match = /^([A-Za-z0-9][A-Za-z0-9._/-]*)=([A-Za-z0-9._-]*)$/.exec(text);
  if (!match) throw new InvalidArgumentError('Write a label as key=value.');
  return { ...labels, [match[1] ?? '']: match[2] ?? '' };
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/** `500ms`, `10s`, `30m`, `2h`, or a plain number of seconds; in seconds. */
export function seconds(text: string): number {
  const value = timeMs(text) ?? Number(text) * 1000;
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('Write a time as 500ms, 10s, 30m or 2h.');
  return value / 1000;
}

/** A latency, in ms. It needs its unit: a plain number could mean seconds as well. */
export function latencyMs(text: string): number {
  const value = timeMs(text);
  if (value === null) throw new InvalidArgumentError('Write a latency with its unit, as 50ms or 1.5s.');
  return value;
}

function timeMs(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|min|m|h)$/.exec(text.trim());
  const value = Number(match?.[1]) * (UNITS_MS[match?.[2] ?? ''] ?? Number.NaN);
  return value > 0 ? value : null;
}

/** `5%` or `0.05`; as a ratio. */
export function share(text: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text.trim());
  const value = Number(match?.[1]) / (match?.[2] === '%' ? 100 : 1);
  // A plain 5 is far more likely to mean 5 % than 500 %.
  if (!match || (match[2] === '' && value > 1)) throw new InvalidArgumentError('Write a share as 5% or 0.05.');
  return value;
}

/** A percentile between 0 and 100, without them. */
export function percentile(text: string): number {
  const value = Number(text.replace(/^p/i, ''));
  if (!(value > 0 && value < 100)) throw new InvalidArgumentError('Give a percentile such as 99 or 99.9.');
  return value;
}

/** `1,2,4` */
export function positiveIntegers(text: string): number[] {
  return parts(text).map(positiveInteger);
}

/** One of these words. */
export function wordOf<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((each) => each === text);
    if (word === undefined) throw new InvalidArgumentError(`There is no "${text}"; choose from ${words.join(', ')}.`);
    return word;
  };
}

/** A list of some of these words, as `cpu,webgpu`. */
export function wordsOf<T extends string>(words: readonly T[]): (text: string) => T[] {
  return (text) => parts(text).map(wordOf(words));
}

/** `a,b` */
export function words(text: string): string[] {
  return parts(text);
}

function parts(text: string): string[] {
  const list = text.split(',').map((part) => part.trim());
  if (list.includes('')) throw new InvalidArgumentError('Write a list with commas between its values.');
  return list;
}

/** Collects options that may be repeated. */
export function collect(text: string, list: readonly string[] = []): string[] {
  return [...list, text];
}

/** Collects `--dim NAME=SIZE` options; a name may hold anything but an equals sign. */
export function dimension(text: string, sizes: Record<string, number> = {}): Record<string, number> {
  const match = /^([^=]+)=(\d+)$/.exec(text);
  if (!match || Number(match[2]) < 1) throw new InvalidArgumentError('Write a dimension as NAME=SIZE, as height=224.');
  return { ...sizes, [match[1] ?? '']: Number(match[2]) };
}
