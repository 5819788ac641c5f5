/**
 * Checks the texts of the page: both languages have the same keys and placeholders, every key that the code names
 * exists, every key that exists is used, and no text stands in the code itself.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { isSource, listFiles } from './repository-files.ts';
import { parseSource } from './source-imports.ts';

/** Texts by key; nested objects are joined with dots. */
type Texts = ReadonlyMap<string, string>;

/** What the code of the page says about keys. */
interface Usage {
  /** Keys given to a translating call as a literal, with the file. */
  named: { key: string; file: string }[];
  /** Regular expressions of keys that are put together, as in t(`state.${name}`). */
  patterns: { pattern: RegExp; source: string; file: string }[];
  /** Every string literal of the code: a key in a table counts as used. */
  literals: Set<string>;
  /** Texts that stand in JSX. */
  untranslated: { text: string; file: string }[];
}

const languages = ['en', 'zh-CN'] as const;
const pluralSuffix = /_(?:zero|one|two|few|many|other)$/;
/** Attributes that a user reads or hears. */
const readAttributes = new Set(['title', 'label', 'placeholder', 'alt', 'aria-label', 'description']);
/** Names that are the same in every language. */
const namesOfTheirOwn = new Set(['Lineside', 'ONNX', 'SSH']);

function flatten(value: unknown, prefix: string, into: Map<string, string>): Map<string, string> {
  if (typeof value === 'string') into.set(prefix, value);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) flatten(child, prefix === '' ? key : `${prefix}.${key}`, into);
  } else throw new Error(`${prefix} is neither a text nor a group of texts`);
  return into;
}

/** Names between double braces, without their format. */
function placeholders(text: string): Set<string> {
  return new Set([...text.matchAll(/\{\{-?\s*([\w.]+)/g)].map((match) => match[1] ?? ''));
}

/** Languages have different plural forms: compares what is left when the form is taken off. */
function byBaseKey(texts: Texts): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const [key, text] of texts) {
    const base = key.replace(pluralSuffix, '');
    groups.set(base, new Set([...(groups.get(base) ?? []), ...placeholders(text)]));
  }
  return groups;
}

function isTranslate(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === 't';
  return ts.isPropertyAccessExpression(callee) && callee.name.text === 't';
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function readKey(node: ts.Expression | undefined, file: string, usage: Usage): void {
  if (node === undefined) return;
  if (ts.isStringLiteralLike(node)) usage.named.push({ key: node.text, file });
  else if (ts.isConditionalExpression(node)) {
    readKey(node.whenTrue, file, usage);
    readKey(node.whenFalse, file, usage);
  } else if (ts.isTemplateExpression(node)) {
    const rest = node.templateSpans.map((span) => `[\\w-]+${escape(span.literal.text)}`).join('');
    const source = `${node.head.text}${node.templateSpans.map((span) => `…${span.literal.text}`).join('')}`;
    usage.patterns.push({ pattern: new RegExp(`^${escape(node.head.text)}${rest}$`), source, file });
  }
}

/** True when a text holds a word that a translator would have to see. */
function isWording(text: string): boolean {
  return text.split(/[^\p{L}]+/u).some((word) => word.length > 1 && !namesOfTheirOwn.has(word));
}

/** Reads one source of the page. */
function readUsage(source: ts.SourceFile, file: string, usage: Usage): void {
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isTranslate(node.expression)) readKey(node.arguments[0], file, usage);
    if (ts.isStringLiteralLike(node)) usage.literals.add(node.text);
    if (ts.isJsxText(node) && isWording(node.text)) usage.untranslated.push({ text: node.text.trim(), file });
    if (ts.isJsxAttribute(node) && ts.isIdentifier(node.name) && node.initializer !== undefined) {
      const name = node.name.text;
      if (ts.isStringLiteral(node.initializer)) {
        const { text } = node.initializer;
        if (name === 'i18nKey') usage.named.push({ key: text, file });
        else if (readAttributes.has(name) && isWording(text)) usage.untranslated.push({ text, file });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

function compareLanguages(reference: Texts, other: Texts, name: string): string[] {
  const wanted = byBaseKey(reference);
  const given = byBaseKey(other);
  const missing = [...wanted.keys()].filter((key) => !given.has(key)).map((key) => `${name}: lacks ${key}`);
  const extra = [...given.keys()].filter((key) => !wanted.has(key)).map((key) => `${name}: has ${key}, which en lacks`);
  const different = [...wanted].flatMap(([key, names]) => {
    const those = given.get(key);
    if (those === undefined || [...names].sort().join() === [...those].sort().join()) return [];
    return [`${name}: ${key} has {${[...those].join(', ')}} where en has {${[...names].join(', ')}}`];
  });
  const empty = [...other].filter(([, text]) => text.trim() === '').map(([key]) => `${name}: ${key} is empty`);
  return [...missing, ...extra, ...different, ...empty];
}

function compareUsage(texts: Texts, usage: Usage): string[] {
  const keys = [...byBaseKey(texts).keys()];
  const known = new Set([...keys, ...texts.keys()]);
  const nested = new Set([...texts.values()].flatMap((text) => [...text.matchAll(/\$t\(([\w.-]+)/g)].map((m) => m[1])));
  const unknown = usage.named.filter(({ key }) => !known.has(key)).map(({ key, file }) => `${file}: no text ${key}`);
  const unmatched = usage.patterns
    .filter(({ pattern }) => !keys.some((key) => pattern.test(key)))
    .map(({ source, file }) => `${file}: no text matches ${source}`);
  const isUsed = (key: string): boolean =>
    usage.literals.has(key) || nested.has(key) || usage.patterns.some(({ pattern }) => pattern.test(key));
  const unused = keys.filter((key) => !isUsed(key)).map((key) => `en: ${key} is used nowhere`);
  const plain = usage.untranslated.map(({ text, file }) => `${file}: text outside the locales: ${text}`);
  return [...unknown, ...unmatched, ...unused, ...plain];
}

/** Every fault in the texts of the page below `root`, and how many texts and translating calls were looked at. */
export function checkLocales(root: string): { faults: string[]; texts: number; calls: number } {
  const folder = join(root, 'renderer/locales');
  const absent = languages.filter((name) => !existsSync(join(folder, `${name}.json`)));
  if (absent.length > 0) {
    return { faults: absent.map((name) => `renderer/locales/${name}.json does not exist`), texts: 0, calls: 0 };
  }
  const readTexts = (name: (typeof languages)[number]): Texts =>
    flatten(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')), '', new Map());
  const en = readTexts('en');
  const zh = readTexts('zh-CN');
  const usage: Usage = { named: [], patterns: [], literals: new Set(), untranslated: [] };
  for (const path of listFiles(root, 'renderer').filter(isSource)) {
    if (!path.startsWith('renderer/preview/')) readUsage(parseSource(join(root, path)), path, usage);
  }
  return {
    faults: [...compareLanguages(en, zh, 'zh-CN'), ...compareUsage(en, usage)],
    texts: en.size,
    calls: usage.named.length + usage.patterns.length,
  };
}
