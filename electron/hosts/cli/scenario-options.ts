// `--scenario` and the options that belong to each.
import { type Command, Option } from 'commander';
import type { Scenario, ScenarioKind } from '../../../shared/contract/bench-options.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { latencyMs, percentile, positiveInteger, positiveNumber } from './parse.ts';

export interface ScenarioOptions {
  readonly scenario?: ScenarioKind;
  readonly samplesPerQuery?: number;
  readonly limit?: number;
  readonly percentile?: number;
  readonly rate?: number;
  readonly cameras?: number;
  readonly fps?: number;
  readonly deadline?: number;
}

type OwnOption = Exclude<keyof ScenarioOptions, 'scenario'>;

const OWN_OPTIONS: Readonly<Record<ScenarioKind, readonly OwnOption[]>> = {
  'single-stream': [],
  'multi-stream': ['samplesPerQuery'],
  server: ['limit', 'percentile', 'rate'],
  offline: [],
  camera: ['cameras', 'fps', 'deadline'],
};
const KINDS = Object.keys(OWN_OPTIONS) as ScenarioKind[];
/** As LoadGen has it. */
const SAMPLES_PER_QUERY = 8;
const PERCENTILE = 99;
const FRAMES_PER_S = 30;

export function addScenarioOptions(command: Command): Command {
  return command
    .addOption(new Option('--scenario <name>', 'how calls follow each other (default: single-stream)').choices(KINDS))
    .option(
      '--samples-per-query <n>',
      `multi-stream: samples of a query (default: ${SAMPLES_PER_QUERY})`,
      positiveInteger,
    )
    .option('--limit <time>', 'server: the latency to stay within, as 50ms', latencyMs)
    .option('--percentile <p>', `server: of the latency (default: ${PERCENTILE})`, percentile)
    .option('--rate <n>', 'server: requests a second (default: find the highest within the limit)', positiveNumber)
    .option('--cameras <n>', 'camera: how many (default: 1)', positiveInteger)
    .option('--fps <n>', `camera: frames a second of each (default: ${FRAMES_PER_S})`, positiveNumber)
    .option('--deadline <time>', 'camera: as 20ms (default: the time between two frames)', latencyMs);
}

/** Undefined: the default one. @throws USAGE for an option of another scenario, or one that is missing */
export function scenarioOf(options: ScenarioOptions): Scenario | undefined {
  const kind = options.scenario ?? 'single-stream';
  for (const [owner, names] of Object.entries(OWN_OPTIONS)) {
    const foreign = owner === kind ? undefined : names.find((name) => options[name] !== undefined);
    if (foreign !== undefined)
      throw new AppError(
        'USAGE',
        `${flag(foreign)} belongs to --scenario ${owner}, not to ${kind}; see \`lineside bench --help\`.`,
      );
  }
  if (kind === 'multi-stream') return { kind, samplesPerQuery: options.samplesPerQuery ?? SAMPLES_PER_QUERY };
  if (kind === 'camera')
    return {
      kind,
      cameras: options.cameras ?? 1,
      framesPerS: options.fps ?? FRAMES_PER_S,
      deadlineMs: options.deadline ?? null,
    };
  if (kind !== 'server') return options.scenario === undefined ? undefined : { kind };
  if (options.limit === undefined)
    throw new AppError('USAGE', '--scenario server needs the latency to stay within, as --limit 50ms.');
  return {
    kind,
    limitMs: options.limit,
    percentile: options.percentile ?? PERCENTILE,
    ratePerS: options.rate ?? null,
  };
}

function flag(name: OwnOption): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
