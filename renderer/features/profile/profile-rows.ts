// The rows of the table of a profile: its nodes, or its operators with the nodes of each together.
import type { Profile } from '../../../shared/contract/profiles.ts';

export interface ProfileRow {
  readonly key: string;
  /** The node that a row stands for; an operator stands for several. */
  readonly node: number | null;
  readonly name: string;
  readonly opType: string;
  readonly ms: number;
  readonly share: number;
  readonly count: number;
  readonly provider: string;
  readonly kernel: string;
}

const SHORT_PROVIDER = /ExecutionProvider$/;

export function nodeRows(profile: Profile): ProfileRow[] {
  return profile.nodes.map((node) => {
    const kernel = node.kernel === null ? undefined : profile.kernels[node.kernel];
    return {
      key: String(node.index),
      node: node.index,
      name: node.name,
      opType: node.opType,
      ms: node.ms,
      share: node.share,
      count: 1,
      provider: kernel?.provider.replace(SHORT_PROVIDER, '') ?? '',
      kernel: kernel?.name ?? '',
    };
  });
}

export function operatorRows(profile: Profile): ProfileRow[] {
  const rows = new Map<string, ProfileRow>();
  for (const row of nodeRows(profile)) {
    const sum = rows.get(row.opType);
    rows.set(row.opType, {
      ...row,
      key: row.opType,
      node: null,
      name: row.opType,
      kernel: '',
      ms: row.ms + (sum?.ms ?? 0),
      share: row.share + (sum?.share ?? 0),
      count: 1 + (sum?.count ?? 0),
      provider:
        sum && sum.provider !== row.provider && sum.provider !== '' ? `${sum.provider}, ${row.provider}` : row.provider,
    });
  }
  return [...rows.values()].map((row) => ({
    ...row,
    provider: [...new Set(row.provider.split(', '))].filter((one) => one !== '').join(', '),
  }));
}

/** Rows whose name, operator or kernel holds what was typed. */
export function matchRows(rows: readonly ProfileRow[], typed: string): readonly ProfileRow[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return rows;
  return rows.filter((row) => `${row.name} ${row.opType} ${row.kernel}`.toLowerCase().includes(wanted));
}
