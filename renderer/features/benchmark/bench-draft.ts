// What the start form holds, what it asks the backend for, and how long that will take.
import type { StartBench } from '../../../shared/contract/bench.ts';
import type { OptimizationLevel, Provider, Scenario, ScenarioKind } from '../../../shared/contract/bench-options.ts';
import { THIS_COMPUTER } from '../../lib/machines.ts';

export const DURATIONS = ['quick', 'standard', 'sustained', 'custom'] as const;
export type Duration = (typeof DURATIONS)[number];

const SECONDS: Readonly<Record<Exclude<Duration, 'custom'>, number>> = { quick: 10, standard: 60, sustained: 1800 };
const DEFAULT_CUSTOM_S = 30;

export interface BenchDraft {
  readonly modelRefs: readonly string[];
  readonly machines: readonly string[];
  readonly scenario: ScenarioKind;
  /** Null in a field of a scenario: its default. */
  readonly samplesPerQuery: number | null;
  readonly limitMs: number | null;
  readonly percentile: number | null;
  readonly ratePerS: number | null;
  readonly cameras: number | null;
  readonly framesPerS: number | null;
  readonly deadlineMs: number | null;
  readonly duration: Duration;
  readonly customS: number | null;
  readonly threads: readonly number[];
  readonly batches: readonly number[];
  readonly providers: readonly Provider[];
  readonly levels: readonly OptimizationLevel[];
  /** As typed: `height=480, width=640`. */
  readonly dimensions: string;
  readonly hasNoiseFloor: boolean;
}

/** One click away from a sound figure: single stream, 10 s, one thread, this computer. */
export function createDraft(modelRef: string | null): BenchDraft {
  return {
    modelRefs: modelRef === null ? [] : [modelRef],
    machines: [THIS_COMPUTER],
    scenario: 'single-stream',
    samplesPerQuery: null,
    limitMs: null,
    percentile: null,
    ratePerS: null,
    cameras: null,
    framesPerS: null,
    deadlineMs: null,
    duration: 'quick',
    customS: null,
    threads: [],
    batches: [],
    providers: ['cpu'],
    levels: ['all'],
    dimensions: '',
    hasNoiseFloor: true,
  };
}

/** What an empty field of a scenario stands for. */
export const SCENARIO_DEFAULTS = {
  samplesPerQuery: 8,
  limitMs: 20,
  percentile: 99,
  cameras: 1,
  framesPerS: 30,
} as const;

export function scenarioOf(draft: BenchDraft): Scenario {
  const or = <K extends keyof typeof SCENARIO_DEFAULTS>(key: K): number => draft[key] ?? SCENARIO_DEFAULTS[key];
  switch (draft.scenario) {
    case 'multi-stream':
      return { kind: 'multi-stream', samplesPerQuery: or('samplesPerQuery') };
    case 'server':
      return { kind: 'server', limitMs: or('limitMs'), percentile: or('percentile'), ratePerS: draft.ratePerS };
    case 'camera':
      return {
        kind: 'camera',
        cameras: or('cameras'),
        framesPerS: or('framesPerS'),
        deadlineMs: draft.deadlineMs,
      };
    default:
      return { kind: draft.scenario };
  }
}

/** `height=480, width=640`; null when a part is no `name=size`. */
export function parseDimensions(text: string): Record<string, number> | null {
  const sizes: Record<string, number> = {};
  for (const part of text.split(/[,，、]/)) {
    if (part.trim() === '') continue;
    const [, name = '', size = ''] = /^\s*([^=\s]+)\s*=\s*(\d+)\s*$/.exec(part) ?? [];
    if (name === '' || Number(size) < 1) return null;
    sizes[name] = Number(size);
  }
  return sizes;
}

function secondsOf(draft: BenchDraft): number {
  return draft.duration === 'custom' ? (draft.customS ?? DEFAULT_CUSTOM_S) : SECONDS[draft.duration];
}

/** Null while the draft cannot be started: no model, no machine, or dimensions that cannot be read. */
export function toStartBench(draft: BenchDraft): StartBench | null {
  const dimensions = parseDimensions(draft.dimensions);
  if (draft.modelRefs.length === 0 || draft.machines.length === 0 || dimensions === null) return null;
  const seconds = secondsOf(draft);
  return {
    modelRefs: [...draft.modelRefs],
    machines: [...draft.machines],
    scenario: scenarioOf(draft),
    ...(draft.threads.length === 0 ? {} : { threads: [...draft.threads] }),
    ...(draft.batches.length === 0 ? {} : { batches: [...draft.batches] }),
    providers: [...draft.providers],
    levels: [...draft.levels],
    ...(draft.duration === 'sustained' ? { sustainedS: seconds } : { durationS: seconds }),
    ...(Object.keys(dimensions).length === 0 ? {} : { dimensions }),
    noiseFloor: draft.hasNoiseFloor,
  };
}

export interface Estimate {
  readonly rows: number;
  readonly durationMs: number;
}

/** Starting the processes and loading the model in each. */
const PROCESSES_S = 1.5;
const IDLE_SHARE = 0.1;
const IDLE_MOST_S = 1;
/** One A/A comparison for each model and machine takes half as long as a row, within bounds. */
const FLOOR_SHARE = 0.5;
const FLOOR_LEAST_S = 2;
const FLOOR_MOST_S = 30;

/** Rows of one machine are measured one after the other, machines beside each other. */
export function estimate(draft: BenchDraft): Estimate {
  const count = (list: readonly unknown[]) => Math.max(1, list.length);
  const seconds = secondsOf(draft);
  const setups = count(draft.threads) * count(draft.batches) * count(draft.providers) * count(draft.levels);
  const rowS = seconds + Math.min(IDLE_MOST_S, seconds * IDLE_SHARE) + PROCESSES_S;
  const floorS = draft.hasNoiseFloor ? Math.min(FLOOR_MOST_S, Math.max(FLOOR_LEAST_S, seconds * FLOOR_SHARE)) : 0;
  return {
    rows: draft.modelRefs.length * draft.machines.length * setups,
    durationMs: draft.modelRefs.length * (setups * rowS + floorS) * 1000,
  };
}
