// Device selectors: `all`, names, and label terms such as `site=a,role!=test`.
import { AppError } from '../errors/app-error.ts';

export interface Selectable {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Selector {
  readonly text: string;
  matches(device: Selectable): boolean;
  /** Names given literally, so that a caller can report the ones that do not exist. */
  readonly names: readonly string[];
}

const TERM = /^([A-Za-z0-9][A-Za-z0-9._/-]*)(=|!=)([A-Za-z0-9._-]*)$/;
const NAME = /^[a-z0-9][a-z0-9._-]*$/;

/**
 * Parses a selector. Terms are separated by commas; names are alternatives, label terms must all hold,
 * and where both are given a device has to satisfy both. A label that a device lacks differs from every value.
 * @throws SELECTOR_INVALID
 */
export function parseSelector(text: string): Selector {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length === 0) throw invalid(text, 'it is empty');
  let isAll = false;
  const names: string[] = [];
  const terms: Array<{ key: string; negated: boolean; value: string }> = [];
  for (const part of parts) {
    const term = TERM.exec(part);
    if (term) terms.push({ key: term[1] ?? '', negated: term[2] === '!=', value: term[3] ?? '' });
    else if (part === 'all') isAll = true;
    else if (NAME.test(part)) names.push(part);
    else throw invalid(text, `"${part}" is neither a device name nor a term like site=a or role!=test`);
  }
  return {
    text,
    names,
    matches: (device) =>
      (isAll || names.length === 0 || names.includes(device.name)) &&
      terms.every((term) => (device.labels[term.key] === term.value) !== term.negated),
  };
}

function invalid(text: string, reason: string): AppError {
  return new AppError('SELECTOR_INVALID', `The selector "${text}" cannot be read: ${reason}.`, { details: { text } });
}
