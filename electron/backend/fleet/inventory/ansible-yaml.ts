// Ansible inventories in YAML form: groups with hosts, children and vars, down from the top.
import { type Alias, isAlias, isMap, isScalar, LineCounter, type Node, parseDocument, visit, type YAMLMap } from 'yaml';
import { AppError } from '../../../../shared/errors/app-error.ts';
import { createAnsibleGroups } from './ansible-groups.ts';
import { createRemarks, type Inventory } from './inventory.ts';

interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly line: number;
}

const MAX_DEPTH = 32;
/** Aliases can make a small file a large tree. */
const MAX_ENTRIES = 200_000;

/** @throws INPUT_INVALID for what is no YAML, no inventory, nested without end, or too large */
export function readAnsibleYaml(text: string, file: string, home: string): Inventory {
  const remarks = createRemarks();
  const groups = createAnsibleGroups(file, home, remarks);
  const lines = new LineCounter();
  const document = parse(text, file, lines);
  let entriesRead = 0;

  const targets = aliasTargets(document);
  const resolved = (value: unknown): unknown => (isAlias(value) ? targets.get(value) : value);
  const lineOf = (node: unknown): number => {
    const range = (node as Node | null)?.range;
    return range ? lines.linePos(range[0]).line : 1;
  };

  function entries(map: YAMLMap, depth: number): Entry[] {
    if (depth > MAX_DEPTH) throw invalid(file, `it is nested more than ${MAX_DEPTH} deep`);
    const merged: Entry[] = [];
    const own = map.items.flatMap(({ key, value }): Entry[] => {
      entriesRead += 1;
      if (entriesRead > MAX_ENTRIES) throw invalid(file, 'its aliases make it too large');
      const name = textOf(resolved(key));
      const content = resolved(value);
      if (name === '<<' && isMap(content)) merged.push(...entries(content, depth + 1));
      else if (name !== null) return [{ key: name, value: content, line: lineOf(key) }];
      return [];
    });
    return [...own, ...merged];
  }

  /** The entries of what should be a mapping; a plain word is one without content, as Ansible takes it. */
  function mapping(value: unknown, what: string, line: number, depth: number): Entry[] {
    if (isMap(value)) return entries(value, depth);
    const word = textOf(value);
    if (word !== null) return [{ key: word, value: null, line }];
    if (value !== null && !(isScalar(value) && value.value === null))
      remarks.add(file, line, `${what} is not a mapping and is left out`);
    return [];
  }

  function variables(value: unknown, line: number, depth: number): Map<string, string> {
    const found = new Map<string, string>();
    for (const entry of isMap(value) ? mapping(value, 'the variables', line, depth) : []) {
      const content = textOf(entry.value);
      // What `<<` merges in comes last and gives way.
      if (content !== null && !found.has(entry.key)) found.set(entry.key, content);
    }
    return found;
  }

  function readGroup(name: string, value: unknown, line: number, depth: number): void {
    groups.group(name);
    for (const part of isMap(value) ? entries(value, depth) : []) {
      if (part.key === 'hosts') {
        for (const host of mapping(part.value, `hosts of "${name}"`, part.line, depth + 1))
          groups.addHosts(name, host.key, host.line, variables(host.value, host.line, depth + 2));
      } else if (part.key === 'vars') {
        for (const [key, content] of variables(part.value, part.line, depth + 1))
          groups.setGroupVariable(name, key, content);
      } else if (part.key === 'children') {
        for (const child of mapping(part.value, `children of "${name}"`, part.line, depth + 1)) {
          groups.addChild(name, child.key);
          readGroup(child.key, child.value, child.line, depth + 2);
        }
      } else remarks.add(file, part.line, `"${part.key}" of the group "${name}" is not known and is left out`);
    }
    if (value !== null && !isMap(value) && textOf(value) !== null)
      remarks.add(file, line, `the group "${name}" is not a mapping and is left out`);
  }

  const top = resolved(document.contents);
  if (!isMap(top)) throw invalid(file, 'it has no groups at its top');
  const roots = entries(top, 0);
  if (roots.some(({ key }) => key === 'plugin'))
    throw invalid(
      file,
      'it configures an inventory plugin, which only Ansible can run; `ansible-inventory --list --yaml` writes one that can be read',
    );
  for (const { key, value, line } of roots) readGroup(key, value, line, 1);
  return groups.finish();
}

function parse(text: string, file: string, lines: LineCounter): ReturnType<typeof parseDocument> {
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
    const [error] = document.errors;
    if (error) {
      const { line } = lines.linePos(error.pos[0]);
      throw invalid(file, `line ${line}: ${error.message.split('\n')[0]?.replace(/[.:]$/, '')}`);
    }
    return document;
  } catch (error) {
    // A tree so deep that the stack is used up.
    if (error instanceof RangeError) throw invalid(file, 'it is nested too deep');
    throw error;
  }
}

/** What each alias means, found in one walk: asking the library for each alone walks the document each time. */
function aliasTargets(document: ReturnType<typeof parseDocument>): ReadonlyMap<Alias, unknown> {
  const anchors = new Map<string, unknown>();
  const targets = new Map<Alias, unknown>();
  visit(document, {
    Alias: (_key, alias) => {
      targets.set(alias, anchors.get(alias.source));
    },
    Value: (_key, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function textOf(node: unknown): string | null {
  if (!isScalar(node)) return null;
  const { value, source } = node;
  if (typeof value === 'string') return value;
  // As written: 0022 and 1_000 are names as well as numbers.
  if (typeof value === 'number' || typeof value === 'bigint') return source ?? String(value);
  return typeof value === 'boolean' ? (source ?? String(value)) : null;
}

function invalid(file: string, what: string): AppError {
  return new AppError('INPUT_INVALID', `${file} cannot be read as an Ansible inventory in YAML: ${what}.`, {
    details: { file },
  });
}
