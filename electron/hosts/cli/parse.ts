// Option values of the command line: numbers with bounds, key=value labels.
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
