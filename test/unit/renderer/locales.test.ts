/** Both languages have the same texts with the same placeholders, every error code has its words, and no text lies unused. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import en from '../../../renderer/locales/en.json' with { type: 'json' };
import zhCN from '../../../renderer/locales/zh-CN.json' with { type: 'json' };
import { ERROR_EXIT_CODES } from '../../../shared/errors/codes.ts';
import { repositoryRoot } from '../../house/vehicles.ts';

function flatten(node: unknown, prefix = ''): Map<string, string> {
  if (typeof node === 'string') return new Map([[prefix, node]]);
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(node as Record<string, unknown>)) {
    for (const [path, text] of flatten(value, prefix === '' ? key : `${prefix}.${key}`)) all.set(path, text);
  }
  return all;
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

const english = flatten(en);
const chinese = flatten(zhCN);
const source = ['app', 'features', 'lib', 'ui']
  .flatMap((folder) => sources(join(repositoryRoot, 'renderer', folder)))
  .join('\n');

describe('locales', () => {
  it('have the same keys in both languages', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('have the same placeholders in every text', () => {
    const different = [...english].filter(
      ([key, text]) => placeholders(text).join() !== placeholders(chinese.get(key) ?? '').join(),
    );
    expect(different.map(([key]) => key)).toEqual([]);
  });

  it('leave no text empty and none untranslated, but for a term that has no other name', () => {
    expect([...english, ...chinese].filter(([, text]) => text.trim() === '')).toEqual([]);
    const untranslated = [...english].filter(([key, text]) => text === chinese.get(key) && /[a-z]{4}/.test(text));
    expect(untranslated.map(([key]) => key)).toEqual(['models.columns.opset']);
  });

  it('have a title and a way out for every error code', () => {
    const wanted = Object.keys(ERROR_EXIT_CODES).flatMap((code) => [`errors.${code}.title`, `errors.${code}.todo`]);
    expect(wanted.filter((key) => !english.has(key))).toEqual([]);
    const known = new Set(wanted);
    expect([...english.keys()].filter((key) => key.startsWith('errors.') && !known.has(key))).toEqual([]);
  });

  it('are all used by the page', () => {
    const literals = new Set(
      [...source.matchAll(/['"`]([a-zA-Z][\w-]*(?:\.[\w-]+)+)['"`]/g)].map((match) => match[1] ?? ''),
    );
    const patterns = [...source.matchAll(/`([a-zA-Z][\w-]*\.[^`\s]*\$\{[^`]*)`/g)].map(
      (match) => new RegExp(`^${(match[1] ?? '').replace(/\$\{[^}]*\}/g, '[\\w-]+').replaceAll('.', '\\.')}$`),
    );
    const unused = [...english.keys()].filter((key) => {
      const plain = key.replace(/_(one|other)$/, '');
      return !literals.has(plain) && !patterns.some((pattern) => pattern.test(plain));
    });
    expect(unused).toEqual([]);
  });
});
