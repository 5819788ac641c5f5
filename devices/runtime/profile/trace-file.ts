// ONNX Runtime's trace: Chrome's format, one event a line, read line by line so that its size does not matter.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import * as z from 'zod/mini';

/** One run of one node. */
export interface TraceEvent {
  readonly name: string;
  readonly opType: string;
  /** Of the node in the runtime's graph. */
  readonly nodeIndex: number;
  readonly provider: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly inputShapes: readonly string[];
  readonly outputShapes: readonly string[];
  /** Read and written. */
  readonly activationBytes: number;
  readonly parameterBytes: number;
}

/** One call of the model. */
export interface TraceCall {
  readonly startMs: number;
  readonly durationMs: number;
  /** In the order in which they ended: what runs inside a node comes before it. */
  readonly events: readonly TraceEvent[];
}

const shapesSchema = z.array(z.record(z.string(), z.array(z.number())));
const eventSchema = z.object({
  cat: z.string(),
  name: z.string(),
  /** Microseconds, whole. */
  ts: z.number(),
  dur: z.number(),
  args: z.object({
    op_name: z.optional(z.string()),
    provider: z.optional(z.string()),
    node_index: z.optional(z.string()),
    input_type_shape: z.optional(shapesSchema),
    output_type_shape: z.optional(shapesSchema),
    activation_size: z.optional(z.string()),
    output_size: z.optional(z.string()),
    parameter_size: z.optional(z.string()),
  }),
});
type RawEvent = z.infer<typeof eventSchema>;

const KERNEL = '_kernel_time';

/** Calls in order; what is not a kernel (fences, loading) is left away. @throws Error for a trace of another form */
export async function* readTrace(path: string): AsyncGenerator<TraceCall, void, void> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  let events: TraceEvent[] = [];
  for await (const line of lines) {
    const text = line.trim().replace(/,$/, '');
    if (!text.startsWith('{')) continue;
    const raw = eventSchema.parse(JSON.parse(text));
    if (raw.cat === 'Node' && raw.name.endsWith(KERNEL)) events.push(traceEvent(raw));
    else if (raw.name === 'model_run') {
      yield { startMs: raw.ts / 1000, durationMs: raw.dur / 1000, events };
      events = [];
    }
  }
}

function traceEvent({ name, ts, dur, args }: RawEvent): TraceEvent {
  return {
    name: name.slice(0, -KERNEL.length),
    opType: args.op_name ?? '',
    nodeIndex: Number(args.node_index ?? -1),
    provider: args.provider ?? '',
    startMs: ts / 1000,
    durationMs: dur / 1000,
    inputShapes: (args.input_type_shape ?? []).map(shapeText),
    outputShapes: (args.output_type_shape ?? []).map(shapeText),
    activationBytes: Number(args.activation_size ?? 0) + Number(args.output_size ?? 0),
    parameterBytes: Number(args.parameter_size ?? 0),
  };
}

const TYPE_NAMES: Readonly<Record<string, string>> = { float: 'float32', double: 'float64' };

/** As `float32[1,3,224,224]`. */
function shapeText(shape: Readonly<Record<string, readonly number[]>>): string {
  const [type, sizes] = Object.entries(shape)[0] ?? ['', []];
  return `${TYPE_NAMES[type] ?? type}[${sizes.join(',')}]`;
}
