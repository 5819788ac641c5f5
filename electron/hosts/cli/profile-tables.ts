// How the command line shows a profile: facts, rows by node, operator or kernel, and the regions of two models.
import type { Profile, Region } from '../../../shared/contract/profiles.ts';
import { formatMs, formatPercent } from '../../../shared/domain/quantities.ts';
import type { Terminal } from './terminal.ts';

export const GROUPINGS = ['node', 'operator', 'kernel'] as const;
export type Grouping = (typeof GROUPINGS)[number];

const BAR_WIDTH = 16;
/** Eighths of a character cell. */
const BLOCKS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

type Table = { readonly headings: string[]; readonly rows: { readonly share: number; readonly cells: string[] }[] };

export function printProfile(
  terminal: Terminal,
  profile: Profile,
  { by, top }: { readonly by: Grouping; readonly top: number },
): void {
  terminal.facts(factsOf(profile));
  const { headings, rows } = { node: nodeTable, operator: operatorTable, kernel: kernelTable }[by](profile);
  const shown = rows.sort((a, b) => b.share - a.share).slice(0, top);
  const largest = shown[0]?.share ?? 0;
  terminal.table(
    [...headings.slice(0, 2), 'time>', 'share>', '', ...headings.slice(2)],
    shown.map(({ share, cells }) => [
      ...cells.slice(0, 2),
      formatMs(share * profile.latencyMs),
      formatPercent(share),
      bar(share, largest),
      ...cells.slice(2),
    ]),
  );
  const rest = rows.slice(top);
  if (rest.length > 0) {
    const share = rest.reduce((sum, row) => sum + row.share, 0);
    terminal.line(`${rest.length} more take ${formatPercent(share)} together; --top shows more.`);
  }
}

/** A bar after each row: the longest for the largest of the rows. */
function bar(share: number, largest: number): string {
  const eighths = largest > 0 ? Math.round((share / largest) * BAR_WIDTH * 8) : 0;
  return '█'.repeat(Math.floor(eighths / 8)) + (BLOCKS[eighths % 8] ?? '');
}

function factsOf(profile: Profile): [string, string][] {
  const { setup, machine, fingerprint } = profile;
  const dimensions = Object.entries(profile.dimensions).map(([name, size]) => `${name} = ${size}`);
  const place = machine.kind === 'local' ? 'this computer' : machine.name;
  return [
    ['model', refOf(profile)],
    [
      'machine',
      `${place}: ${fingerprint.cpuModel}, ${fingerprint.cores} cores, ONNX Runtime ${fingerprint.onnxruntimeVersion}`,
    ],
    [
      'run',
      [
        `batch ${setup.batch}`,
        `${setup.threads} thread${setup.threads === 1 ? '' : 's'}`,
        `provider ${setup.provider}`,
        `optimization level ${setup.level}`,
        ...dimensions,
      ].join(', '),
    ],
    [
      'latency',
      `${formatMs(profile.latencyMs)} a call; under the profiler ${formatMs(profile.profiledMs)}, ${profile.calls} calls`,
    ],
    [
      'kernels',
      `${profile.kernels.length}; ${formatPercent(profile.mappedShare)} of their time is put down to the model's ${profile.nodes.length} nodes`,
    ],
  ];
}

function nodeTable({ nodes, kernels }: Profile): Table {
  return {
    headings: ['node', 'operator', 'kernel', 'provider'],
    rows: nodes
      .filter(({ share }) => share > 0)
      .map(({ name, index, opType, share, kernel: at }) => {
        const kernel = at === null ? undefined : kernels[at];
        return {
          share,
          cells: [name || `#${index}`, opType, kernel?.opType ?? '–', shortProvider(kernel?.provider ?? '–')],
        };
      }),
  };
}

function operatorTable({ nodes }: Profile): Table {
  const groups = Map.groupBy(nodes, ({ opType }) => opType);
  return {
    headings: ['operator', 'nodes>'],
    rows: [...groups]
      .map(([opType, group]) => ({
        share: group.reduce((sum, { share }) => sum + share, 0),
        cells: [opType, String(group.length)],
      }))
      .filter(({ share }) => share > 0),
  };
}

function kernelTable({ kernels, nodes }: Profile): Table {
  return {
    headings: ['kernel', 'operator', 'stands for', 'provider'],
    rows: kernels.map(({ name, opType, share, source, provider }) => {
      const operators = source.map((index) => nodes[index]?.opType ?? '').join(' + ');
      return { share, cells: [name, opType, operators || 'put in by the runtime', shortProvider(provider)] };
    }),
  };
}

export function printRegions(
  terminal: Terminal,
  a: Profile,
  b: Profile,
  regions: readonly Region[],
  top: number,
): void {
  const [nameA, nameB] = [refOf(a), refOf(b)];
  terminal.facts([
    ['a', `${nameA}, ${formatMs(a.latencyMs)} a call`],
    ['b', `${nameB}, ${formatMs(b.latencyMs)} a call`],
  ]);
  const kinds = { same: 'same', changed: 'changed', 'only-a': 'only in a', 'only-b': 'only in b' };
  terminal.table(
    ['region', 'kind', 'a>', 'b>', 'b - a>', 'nodes'],
    regions
      .slice(0, top)
      .map((region) => [
        region.label,
        kinds[region.kind],
        formatMs(region.aMs),
        formatMs(region.bMs),
        signed(region.bMs - region.aMs),
        `${region.aNodes.length} | ${region.bNodes.length}`,
      ]),
  );
}

function signed(ms: number): string {
  return ms < 0 ? `-${formatMs(-ms)}` : `+${formatMs(ms)}`;
}

function refOf({ model }: Profile): string {
  return `${model.name}:${model.version}`;
}

/** As the options name it: `cpu` for CPUExecutionProvider. */
function shortProvider(provider: string): string {
  return provider.replace(/ExecutionProvider$/, '').toLowerCase();
}
