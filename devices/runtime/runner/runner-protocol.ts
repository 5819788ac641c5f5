// What a sidecar and whoever started it say to each other: JSON requests, one a line, on its stdin; lines of JSON on its stdout.
// A process holds at most one model. It answers requests in order and ends with its stdin.
import type { OptimizationLevel, Provider, Scenario } from '../../../shared/contract/bench-options.ts';
import type {
  BenchSecond,
  Drift,
  MachineFingerprint,
  Noise,
  Outliers,
  ScenarioOutcome,
} from '../../../shared/contract/bench-result.ts';
import type { TensorInfo } from '../../../shared/contract/common.ts';
import type { LatencyReport } from '../../../shared/domain/statistics-latency.ts';
import type { WireError } from '../../../shared/errors/app-error.ts';
import type { WireTensors } from './wire-tensors.ts';

/** A model and how to hold it. */
export interface ModelSpec {
  /** On the machine where the sidecar runs. */
  readonly onnxPath: string;
  readonly threads: number;
  readonly batch: number;
  readonly provider: Provider;
  readonly level: OptimizationLevel;
  /** Seed of the inputs. */
  readonly seed: number;
  /** Sizes for dynamic dimensions other than the batch; those that are missing are found by trying. */
  readonly dimensions: Readonly<Record<string, number>>;
}

export type RunnerRequest =
  /** Loads the model and lets go of it. → checked */
  | { readonly kind: 'check'; readonly onnxPath: string }
  /** → outputs */
  | {
      readonly kind: 'run';
      readonly onnxPath: string;
      readonly threads: number;
      readonly cases: readonly WireTensors[];
    }
  /** → machine */
  | { readonly kind: 'machine' }
  /** Looks how busy the machine is while we do nothing. → idle */
  | { readonly kind: 'idle'; readonly durationMs: number }
  /** First run on seeded inputs: finds sizes that the model accepts. → probed */
  | { readonly kind: 'probe'; readonly spec: ModelSpec }
  /** One measured run. → progress and samples, then benched */
  | {
      readonly kind: 'bench';
      readonly spec: ModelSpec;
      readonly scenario: Scenario;
      readonly minDurationMs: number;
      /** Effective samples to reach in the steady part; the run goes on for them up to `maxDurationMs`. */
      readonly minSamples: number;
      readonly maxDurationMs: number;
      /** Ends at `minDurationMs` whatever the samples say. */
      readonly isSustained: boolean;
    }
  /** Loads the model for blocks. → opened */
  | { readonly kind: 'open'; readonly spec: ModelSpec }
  /** Times calls for about this long, at least `minCalls`. → block */
  | { readonly kind: 'block'; readonly durationMs: number; readonly minCalls: number }
  /** Which provider runs which node, and the time of each kernel. → progress, then profiled */
  | { readonly kind: 'profile'; readonly spec: ModelSpec; readonly durationMs: number };

export type RunnerStep = 'loading' | 'measuring' | 'extending' | 'searching' | 'profiling' | 'evaluating';

export interface RunnerProgress {
  readonly step: RunnerStep;
  readonly elapsedMs: number;
  readonly count: number;
}

/** Everything of one measured run but the raw samples; all that is stated is computed where it was measured. */
export interface BenchReport {
  /** Loading the runtime and the model in this process, up to the first call. */
  readonly coldLoadMs: number;
  readonly firstRunMs: number;
  readonly binding: 'native' | 'run';
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly shape: readonly number[] }[];
  readonly inputDigest: string;
  /** Outputs with some NaN in them; outputs that are nothing else make the run fail. */
  readonly nanOutputs: readonly string[];
  readonly peakRssBytes: number;
  readonly modelRssBytes: number;
  readonly latencies: LatencyReport;
  readonly totalCalls: number;
  readonly keptEvery: number;
  readonly outliers: Outliers;
  readonly drift: Drift;
  readonly noise: Omit<Noise, 'floor' | 'busyBefore' | 'servedRequests'>;
  readonly outcome: ScenarioOutcome;
  readonly throughputPerS: number;
  readonly seconds: readonly BenchSecond[];
}

/** One node of the graph that the runtime ran, as its profiler and its optimized model name it. */
export interface RawKernel {
  readonly name: string;
  readonly opType: string;
  readonly provider: string;
  /** For a whole call, however often it runs in one; without what runs inside it. Mean over the middle half of the calls by length. */
  readonly meanMs: number;
  /** Index of the control-flow node that it runs inside. */
  readonly parent: number | null;
  readonly inputShapes: readonly string[];
  readonly outputShapes: readonly string[];
  readonly activationBytes: number;
  readonly parameterBytes: number;
  /** Tensor names in the optimized graph; empty where the optimized graph does not have the node. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface RawProfile {
  readonly calls: number;
  /** Median of the whole profiled calls. */
  readonly profiledMs: number;
  readonly kernels: readonly RawKernel[];
  readonly timeline: readonly { readonly kernel: number; readonly startMs: number; readonly durationMs: number }[];
}

/** What ends a request; `error` does as well. */
export type RunnerAnswer =
  | { readonly type: 'checked' }
  /** One for each case, in order. */
  | { readonly type: 'outputs'; readonly outputs: readonly WireTensors[] }
  | { readonly type: 'machine'; readonly fingerprint: MachineFingerprint }
  /** Share of all processor time that others used, and pressure, 0 to 1; null where the system does not tell. */
  | {
      readonly type: 'idle';
      readonly busy: number | null;
      readonly pressure: number | null;
      readonly load1: number | null;
    }
  | {
      readonly type: 'probed';
      readonly dimensions: Readonly<Record<string, number>>;
      readonly inputs: readonly TensorInfo[];
      /** Shapes that were fed, by input. */
      readonly shapes: Readonly<Record<string, readonly number[]>>;
      readonly nanOutputs: readonly string[];
    }
  | { readonly type: 'benched'; readonly report: BenchReport }
  | { readonly type: 'opened'; readonly coldLoadMs: number; readonly firstRunMs: number; readonly callMs: number }
  | {
      readonly type: 'block';
      readonly medianMs: number;
      readonly calls: number;
      readonly samples: string;
    }
  | { readonly type: 'profiled'; readonly profile: RawProfile };

export type RunnerMessage =
  | { readonly type: 'progress'; readonly progress: RunnerProgress }
  /** A piece of the raw samples: float64, little-endian, milliseconds, base64; in order. */
  | { readonly type: 'samples'; readonly base64: string }
  | { readonly type: 'error'; readonly error: WireError }
  | RunnerAnswer;

/** The answer that belongs to a request. */
export interface AnswerOf {
  check: 'checked';
  run: 'outputs';
  machine: 'machine';
  idle: 'idle';
  probe: 'probed';
  bench: 'benched';
  open: 'opened';
  block: 'block';
  profile: 'profiled';
}
export type AnswerTo<R extends RunnerRequest> = Extract<RunnerAnswer, { type: AnswerOf[R['kind']] }>;
