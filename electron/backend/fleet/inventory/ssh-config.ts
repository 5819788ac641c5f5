// The boxes of an OpenSSH client configuration: for each Host name without wildcards, the values that ssh would use.
import { dirname, resolve } from 'node:path';
import { AppError } from '../../../../shared/errors/app-error.ts';
import {
  createRemarks,
  expandHome,
  type Inventory,
  type InventoryFiles,
  type InventoryHost,
  type InventoryJump,
  parseJumps,
} from './inventory.ts';
import {
  type Block,
  type Condition,
  readSshConfigBlocks,
  type SshConfigBlocks,
  type Value,
} from './ssh-config-blocks.ts';
import { hasWildcard, matchesPatternList } from './wildcard.ts';

/** Blocks with wildcards times names; beyond it the file is an attack on the clock. */
const MAX_DECISIONS = 20_000_000;
const MAX_JUMPS = 8;

/**
 * Source: ssh_config(5). The first value wins, IdentityFile collects.
 * @throws INPUT_INVALID, FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function readSshConfig(path: string, files: InventoryFiles): Promise<Inventory> {
  const remarks = createRemarks();
  const config = await readSshConfigBlocks(path, files, remarks);
  const blocksOf = indexBlocks(config, path);
  const scene = {
    home: files.home,
    folder: dirname(path),
    valuesOf: (name: string) => valuesOf(name, blocksOf(name)),
  };
  const hosts = [...config.names].map(([name, place]) => toHost(name, place, scene));
  return { hosts, remarks: remarks.list };
}

/** The blocks that may apply to a name, in order: those that write it out, and all with patterns. */
function indexBlocks({ blocks, names }: SshConfigBlocks, path: string): (name: string) => Block[] {
  const general: number[] = [];
  const byName = new Map<string, number[]>();
  blocks.forEach((block, index) => {
    const literal = block.conditions.find(isLiteral);
    if (!literal) {
      general.push(index);
      return;
    }
    for (const name of new Set(literal.flatMap((each) => (each.kind === 'never' ? [] : each.patterns)))) {
      const list = byName.get(name);
      if (list) list.push(index);
      else byName.set(name, [index]);
    }
  });
  if (general.length * names.size > MAX_DECISIONS) {
    throw new AppError('INPUT_INVALID', `${path} holds too many patterns for so many hosts; take it apart.`, {
      details: { file: path },
    });
  }
  return (name) =>
    [...general, ...(byName.get(name) ?? [])].sort((a, b) => a - b).flatMap((index) => blocks[index] ?? []);
}

function isLiteral(condition: Condition): boolean {
  const [only, ...others] = condition;
  if (only?.kind !== 'name' || only.isNegated || others.length > 0) return false;
  return only.patterns.every((pattern) => !hasWildcard(pattern) && !pattern.startsWith('!'));
}

interface Values {
  readonly first: ReadonlyMap<string, Value>;
  readonly identityFiles: readonly string[];
}

function valuesOf(name: string, blocks: readonly Block[]): Values {
  const first = new Map<string, Value>();
  const identityFiles: string[] = [];
  const decided = new Map<Condition, boolean>();
  const address = (): string => (first.get('hostname')?.words[0] ?? name).replaceAll('%h', name).toLowerCase();
  const holds = (condition: Condition): boolean => {
    const known = decided.get(condition);
    if (known !== undefined) return known;
    const answer = condition.every(
      (each) =>
        each.kind !== 'never' &&
        matchesPatternList(each.patterns, each.kind === 'name' ? name : address()) !== each.isNegated,
    );
    decided.set(condition, answer);
    return answer;
  };
  for (const block of blocks) {
    if (!block.conditions.every(holds)) continue;
    for (const value of block.values) {
      if (value.keyword === 'identityfile') {
        const file = value.words[0] ?? '';
        if (!identityFiles.includes(file)) identityFiles.push(file);
      } else if (isProxy(value.keyword)) {
        // Whichever of the two is given first is the one.
        if (!first.has('proxyjump') && !first.has('proxycommand')) first.set(value.keyword, value);
      } else if (!first.has(value.keyword)) first.set(value.keyword, value);
    }
  }
  return { first, identityFiles };
}

const isProxy = (keyword: string): boolean => keyword === 'proxyjump' || keyword === 'proxycommand';

interface Scene {
  readonly home: string;
  readonly folder: string;
  valuesOf(name: string): Values;
}

interface Way {
  readonly host: string;
  readonly user: string | undefined;
  readonly port: string | undefined;
  readonly identityFile: string | undefined;
  readonly jump: string | undefined;
  readonly remarks: readonly string[];
}

function wayTo(name: string, { home, folder, valuesOf: read }: Scene): Way {
  const { first, identityFiles } = read(name);
  const word = (keyword: string): string | undefined => first.get(keyword)?.words[0];
  // Contacted directly, the same address could be another box.
  if ((word('proxycommand') ?? 'none').toLowerCase() !== 'none')
    throw new UnreadableValue(`${name} is reached by a ProxyCommand, which Lineside does not run`);
  const host = expandTokens(word('hostname') ?? name, { h: name });
  const user = word('user');
  const port = word('port');
  const tokens = { h: host, n: name, p: port ?? '22', d: home, ...(user === undefined ? {} : { r: user }) };
  const keys = identityFiles.filter((file) => file.toLowerCase() !== 'none');
  const [key] = keys;
  const remarks = keys.length > 1 ? [`of its ${keys.length} identity files the first one is used`] : [];
  if (key?.includes('${')) throw new UnreadableValue('its IdentityFile depends on an environment variable');
  const identityFile = key === undefined ? undefined : resolve(folder, expandHome(expandTokens(key, tokens), home));
  const jump = first.get('proxyjump')?.words.join(',');
  return { host, user, port, identityFile, jump: jump === undefined ? undefined : expandTokens(jump, tokens), remarks };
}

/** The hosts of a ProxyJump, looked up in the same file as ssh does; what is said in the ProxyJump itself wins. */
function jumpsOf(text: string, scene: Scene, depth: number): InventoryJump[] {
  if (depth > MAX_JUMPS)
    throw new UnreadableValue(`its way leads through more than ${MAX_JUMPS} hosts, or in a circle`);
  return parseJumps(text).flatMap((jump, index) => {
    const way = wayTo(jump.host, scene);
    // Only the first of them is reached by ways of its own; the others lie behind it.
    const before = index === 0 && way.jump !== undefined ? jumpsOf(way.jump, scene, depth + 1) : [];
    const { host, identityFile } = way;
    return [...before, { host, identityFile, user: jump.user ?? way.user, port: jump.port ?? way.port }];
  });
}

function toHost(name: string, place: { file: string; line: number }, scene: Scene): InventoryHost {
  try {
    const { jump, ...way } = wayTo(name, scene);
    const jumps = jump === undefined ? undefined : jumpsOf(jump, scene, 1);
    return { name, ...place, ...way, labels: {}, jumps };
  } catch (error) {
    if (!(error instanceof UnreadableValue)) throw error;
    return { name, ...place, labels: {}, remarks: [], problem: error.message };
  }
}

class UnreadableValue extends Error {}

function expandTokens(text: string, tokens: Readonly<Record<string, string>>): string {
  return text.replace(/%(.?)/g, (token, letter: string) => {
    const value = letter === '%' ? '%' : tokens[letter];
    if (value === undefined) throw new UnreadableValue(`"${text}" has the token ${token}, which is not known here`);
    return value;
  });
}
