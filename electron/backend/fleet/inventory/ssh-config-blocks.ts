// Reads an OpenSSH client configuration with what it includes into blocks: what has to hold, and the values that then apply.
import { dirname, isAbsolute, join } from 'node:path';
import { AppError } from '../../../../shared/errors/app-error.ts';
import { type ConfigLine, parseConfigLine } from './config-words.ts';
import { checkHostCount, expandHome, type InventoryFiles, type Remarks } from './inventory.ts';
import { hasWildcard } from './wildcard.ts';

/** `host` of a Match line is the address as far as it is known by then; a Host line and `originalhost` mean the name as given. */
export type Criterion =
  | { readonly kind: 'name' | 'address'; readonly patterns: readonly string[]; readonly isNegated: boolean }
  | { readonly kind: 'never' };

/** All criteria must hold. An object of its own for each line, so that it is decided once. */
export type Condition = readonly Criterion[];

export interface Value {
  readonly keyword: string;
  readonly words: readonly string[];
  readonly file: string;
  readonly line: number;
}

export interface Block {
  /** Of the Host or Match line, and of the lines around the Include that led here. */
  readonly conditions: readonly Condition[];
  readonly values: Value[];
}

export interface SshConfigBlocks {
  readonly blocks: readonly Block[];
  /** Names without wildcards from Host lines, in order, with the place of the first. */
  readonly names: ReadonlyMap<string, { readonly file: string; readonly line: number }>;
}

/** As in OpenSSH (READCONF_MAX_DEPTH). */
const MAX_DEPTH = 16;
const MAX_FILES = 1000;
const MAX_VALUES = 200_000;
const USED = new Set(['hostname', 'user', 'port', 'identityfile', 'proxyjump', 'proxycommand']);

/**
 * ssh_config(5). A relative Include is relative to ~/.ssh, or to /etc/ssh for a file there.
 * @throws INPUT_INVALID for Includes without end and too many hosts; what `files.read` throws for the first file
 */
export async function readSshConfigBlocks(
  path: string,
  files: InventoryFiles,
  remarks: Remarks,
): Promise<SshConfigBlocks> {
  const blocks: Block[] = [];
  const names = new Map<string, { file: string; line: number }>();
  let filesRead = 0;
  let valuesRead = 0;

  async function read(file: string, outer: readonly Condition[], ancestors: readonly string[]): Promise<void> {
    filesRead += 1;
    if (filesRead > MAX_FILES) throw tooMuch(path, `includes more than ${MAX_FILES} files`);
    const text = await files.read(file);
    let block: Block = { conditions: outer, values: [] };
    const begin = (conditions: readonly Condition[]): void => {
      block = { conditions, values: [] };
      blocks.push(block);
    };
    begin(outer);
    let at = 0;
    for (const line of text.split('\n')) {
      at += 1;
      const parsed = parseConfigLine(line);
      if (parsed === null) continue;
      if (parsed === 'invalid') remarks.add(file, at, 'this line cannot be read and is left out');
      else if (parsed.keyword === 'host') {
        for (const word of parsed.words) {
          if (!hasWildcard(word) && !word.startsWith('!') && !names.has(word)) names.set(word, { file, line: at });
        }
        checkHostCount(names.size, path);
        begin([...outer, [{ kind: 'name', patterns: parsed.words, isNegated: false }]]);
      } else if (parsed.keyword === 'match') {
        begin([...outer, matchCondition(parsed, (text) => remarks.add(file, at, text))]);
      } else if (parsed.keyword === 'include') {
        const { conditions } = block;
        for (const found of await included(parsed.words, file, at)) {
          if (ancestors.includes(found) || found === file) {
            remarks.add(file, at, `${found} includes itself; it is read once`);
            continue;
          }
          if (ancestors.length + 1 >= MAX_DEPTH) throw tooMuch(path, `includes files more than ${MAX_DEPTH} deep`);
          await readIncluded(found, file, at, conditions, [...ancestors, file]);
        }
        // What follows comes after what was included: the first value wins.
        begin(conditions);
      } else if (USED.has(parsed.keyword)) {
        valuesRead += 1;
        if (valuesRead > MAX_VALUES) throw tooMuch(path, `holds more than ${MAX_VALUES} settings`);
        block.values.push({ ...parsed, file, line: at });
      }
    }
  }

  async function readIncluded(
    found: string,
    file: string,
    line: number,
    conditions: readonly Condition[],
    ancestors: readonly string[],
  ): Promise<void> {
    try {
      await read(found, conditions, ancestors);
    } catch (error) {
      const isOfFile = error instanceof AppError && error.code.startsWith('FILE_');
      if (!isOfFile) throw error;
      remarks.add(file, line, `left out: ${error.message}`);
    }
  }

  async function included(words: readonly string[], file: string, line: number): Promise<string[]> {
    const base = dirname(path) === '/etc/ssh' ? '/etc/ssh' : join(files.home, '.ssh');
    const found: string[] = [];
    for (const word of words) {
      const expanded = expandHome(word, files.home);
      const pattern = isAbsolute(expanded) ? expanded : join(base, expanded);
      const matches = await files.glob(pattern);
      if (matches.length === 0) remarks.add(file, line, `nothing is there to include under ${pattern}`);
      found.push(...matches);
    }
    return found;
  }

  await read(path, [], []);
  return { blocks, names };
}

/** `all`, `host` and `originalhost`, also with `!`; a line with anything else never applies. */
function matchCondition({ words }: ConfigLine, remark: (text: string) => void): Condition {
  const criteria: Criterion[] = [];
  const rest = words.flatMap((word) => {
    const match = /^(!?(?:original)?host)=(.+)$/i.exec(word);
    return match ? [match[1] ?? '', match[2] ?? ''] : [word];
  });
  for (let at = 0; at < rest.length; at += 1) {
    const word = (rest[at] ?? '').toLowerCase();
    const isNegated = word.startsWith('!');
    const criterion = isNegated ? word.slice(1) : word;
    if (criterion === 'all' && !isNegated) continue;
    const patterns = rest[at + 1];
    if ((criterion !== 'host' && criterion !== 'originalhost') || patterns === undefined) {
      remark(`"Match ${word}" is not decided here; the block is left out`);
      return [{ kind: 'never' }];
    }
    criteria.push({
      kind: criterion === 'host' ? 'address' : 'name',
      patterns: patterns.split(','),
      isNegated,
    });
    at += 1;
  }
  return criteria;
}

function tooMuch(file: string, what: string): AppError {
  return new AppError('INPUT_INVALID', `${file} ${what}; that is not an SSH configuration as OpenSSH takes it.`, {
    details: { file },
  });
}
