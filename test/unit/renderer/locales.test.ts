/** Every error code has its words in both languages, and no text is empty or left untranslated. */
import { describe, expect, it } from 'vitest';
import en from '../../../renderer/locales/en.json' with { type: 'json' };
import zhCN from '../../../renderer/locales/zh-CN.json' with { type: 'json' };
import { ERROR_EXIT_CODES } from '../../../shared/errors/codes.ts';

function flatten(node: unknown, prefix = ''): Map<string, string> {
  if (typeof node === 'string') return new Map([[prefix, node]]);
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(node as Record<string, unknown>)) {
    for (const [path, text] of flatten(value, prefix === '' ? key : `${prefix}.${key}`)) all.set(path, text);
  }
  return all;
}

const english = flatten(en);
const chinese = flatten(zhCN);

describe('locales', () => {
  it('leave no text empty and none untranslated, but for examples and names that are the same everywhere', () => {
    expect([...english, ...chinese].filter(([, text]) => text.trim() === '')).toEqual([]);
    const untranslated = [...english].filter(
      ([key, text]) => !key.includes('.examples.') && text === chinese.get(key) && /[a-z]{4}/.test(text),
    );
    expect(untranslated.map(([key]) => key).sort()).toEqual(['models.columns.opset', 'shell.runtime']);
  });

  it('have a title and a way out for every error code', () => {
    const wanted = Object.keys(ERROR_EXIT_CODES).flatMap((code) => [`errors.${code}.title`, `errors.${code}.todo`]);
    expect(wanted.filter((key) => !english.has(key))).toEqual([]);
    const known = new Set(wanted);
    expect([...english.keys()].filter((key) => key.startsWith('errors.') && !known.has(key))).toEqual([]);
  });
});
