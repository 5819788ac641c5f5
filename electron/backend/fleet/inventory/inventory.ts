// What an inventory file of another tool says about boxes, whatever its format; and the limits that every reader keeps.
import { AppError } from '../../../../shared/errors/app-error.ts';

/** A host on the way to a box. */
export interface InventoryJump {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: string | undefined;
  /** Absolute path on this computer. */
  readonly identityFile?: string | undefined;
}

/** A box as a file names it. What is absent, the file does not say; on an update it then stays as it is. */
export interface InventoryHost {
  readonly name: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly host?: string | undefined;
  readonly user?: string | undefined;
  /** As written; checked by the plan. */
  readonly port?: string | undefined;
  /** Absolute path on this computer. */
  readonly identityFile?: string | undefined;
  readonly usesPassword?: boolean | undefined;
  /** The nearest first; empty: said to be none. */
  readonly jumps?: readonly InventoryJump[] | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly notes?: string | undefined;
  /** What a reader should know about how this was understood. */
  readonly remarks: readonly string[];
  /** Why it cannot be taken at all. */
  readonly problem?: string | undefined;
}

export interface Inventory {
  readonly hosts: readonly InventoryHost[];
  /** About the file as a whole, each with file and line where there is one. */
  readonly remarks: readonly string[];
}

/** The files around an inventory, so that the readers need no disk. */
export interface InventoryFiles {
  readonly home: string;
  /** @throws FILE_NOT_FOUND, FILE_UNREADABLE, INPUT_INVALID for what is no text. */
  read(path: string): Promise<string>;
  /** Paths that a pattern with `*` and `?` matches, sorted; none where nothing is there. */
  glob(pattern: string): Promise<string[]>;
}

/** More boxes than one file may bring; a range such as [1:99999999] is a slip, not a fleet. */
export const MAX_HOSTS = 10_000;
const MAX_REMARKS = 200;

/** @throws INPUT_INVALID */
export function checkHostCount(count: number, file: string): void {
  if (count <= MAX_HOSTS) return;
  throw new AppError('INPUT_INVALID', `${file} names more than ${MAX_HOSTS} hosts; take it apart into smaller files.`, {
    details: { file },
  });
}

export interface Remarks {
  add(file: string, line: number, text: string): void;
  readonly list: readonly string[];
}

/** Collects remarks without end or repetition: a hostile file must not fill the screen. */
export function createRemarks(): Remarks {
  const list: string[] = [];
  const seen = new Set<string>();
  return {
    list,
    add: (file, line, text) => {
      const remark = `${file}:${line}: ${text}`;
      if (seen.has(remark) || list.length > MAX_REMARKS) return;
      seen.add(remark);
      list.push(list.length === MAX_REMARKS ? 'There is more to say; only the beginning is shown.' : remark);
    },
  };
}

/**
 * Hosts on the way as ProxyJump and `ssh -J` write them: `[user@]host[:port]`, also as `ssh://…`, with commas between; `none` for none.
 */
export function parseJumps(text: string): InventoryJump[] {
  if (text.toLowerCase() === 'none') return [];
  return text.split(',').map((part) => {
    const way = part.trim().replace(/^ssh:\/\//, '');
    const at = way.lastIndexOf('@');
    const place = way.slice(at + 1);
    const match = /^\[([^\]]+)\](?::(\d+))?$/.exec(place) ?? /^([^:]*)(?::(\d+))?$/.exec(place);
    return { user: at > 0 ? way.slice(0, at) : undefined, host: match?.[1] ?? place, port: match?.[2] };
  });
}

/** A path of this computer as these files write it: `~` is the home. */
export function expandHome(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? `${home}${path.slice(1)}` : path;
}
