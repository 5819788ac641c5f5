/** Checks what a reader meets first: the top level, folder READMEs, file headers and lengths, and names that belong to no public file. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from './architecture.ts';
import { isGenerated } from './layers.ts';
import { isSource, listFiles, listTopLevel } from './repository-files.ts';

/** More lines than this and a file has more than one reason to change. */
export const maxLines = 400;

const allowedTopLevel = new Set([
  ...['electron', 'renderer', 'shared', 'devices', 'test', '.ci'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'electron-builder.yml'],
  ...['README.md', 'CHANGELOG.md', 'LICENSE', '.gitignore', '.npmrc'],
]);

const foldersWithReadme = ['electron', 'renderer', 'shared', 'devices', 'test'];

/** Paths of one machine and hosts of private package mirrors; written so that this file does not match itself. */
const privateNames: readonly { what: string; pattern: RegExp }[] = [
  {
    what: 'a path of one machine',
    pattern: /(?<![\w.])\/(?:work\/(?:main|shared)|root\/\.(?:pyenv|npm|cache)|tmp\/(?:el|brief)\b)/,
  },
  {
    what: 'the host of a package mirror',
    pattern: /\b[\w.-]*(?:artif[a]ctory|verd[a]ccio|code[a]rtifact|[-.]pkg\.dev)\b/i,
  },
  {
    what: 'the host of a package mirror',
    pattern: /\b(?:npm|pypi|registry|mirror)[\w-]*\.(?!npmjs\.org\b)[\w-]+\.[a-z]{2,}(?=[:/])/i,
  },
];

const sentence = /\p{L}[^.!?]*(?:\s+\S+){3,}[.!?:]/u;

/** The comment that a file opens with, without its marks; empty where code comes first. */
export function openingComment(text: string): string {
  const body = text.replace(/^#!.*\n/, '').trimStart();
  const block = /^\/\*[\s\S]*?\*\//.exec(body)?.[0];
  const lines = /^(?:\/\/.*\n?)+/.exec(body)?.[0];
  return (block ?? lines ?? '')
    .replace(/^\s*(?:\/\*+|\*+\/?|\/\/)/gm, ' ')
    .replace(/\s+/g, ' ')
    .replace(/\*\/\s*$/, '')
    .trim();
}

function sourceFaults(path: string, text: string): Fault[] {
  const faults: Fault[] = [];
  const isTest = /\.test\.tsx?$/.test(path); // its names say what it holds
  if (!isTest && !sentence.test(openingComment(text))) {
    faults.push({ rule: 'header', file: path, message: 'does not open with a sentence that says what the file owns' });
  }
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  if (lines > maxLines && !isTest) {
    faults.push({ rule: 'length', file: path, message: `has ${lines} lines; more than ${maxLines} is a fault` });
  }
  return faults;
}

function privateNameFaults(path: string, bytes: Buffer): Fault[] {
  if (bytes.subarray(0, 8000).includes(0)) return []; // a binary file
  const text = bytes.toString('utf8');
  return privateNames.flatMap(({ what, pattern }): Fault[] => {
    const found = pattern.exec(text)?.[0];
    return found === undefined ? [] : [{ rule: 'private-name', file: path, message: `names ${what}: ${found}` }];
  });
}

/** Every breach of tidiness in the tree below `root`. */
export function checkTidiness(root: string): Fault[] {
  const topLevel = listTopLevel(root)
    .filter((name) => !allowedTopLevel.has(name))
    .map((name): Fault => ({ rule: 'top-level', file: name, message: 'does not belong at the top level' }));
  const readmes = foldersWithReadme
    .filter((folder) => !existsSync(join(root, folder, 'README.md')))
    .map((folder): Fault => ({ rule: 'readme', file: folder, message: 'has no README.md' }));
  const contents = listFiles(root).flatMap((path): Fault[] => {
    const bytes = readFileSync(join(root, path));
    const isWritten = isSource(path) && !isGenerated(path);
    return [...(isWritten ? sourceFaults(path, bytes.toString('utf8')) : []), ...privateNameFaults(path, bytes)];
  });
  return [...topLevel, ...readmes, ...contents];
}
