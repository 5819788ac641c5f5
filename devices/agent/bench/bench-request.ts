// Checks a request for a sidecar before it is handed on: one of those that a laptop may make, about a model that was placed.
import * as z from 'zod/mini';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { RunnerRequest } from '../../runtime/runner/runner-protocol.ts';

const KINDS = [
  'check',
  'run',
  'machine',
  'idle',
  'probe',
  'bench',
  'open',
  'block',
  'profile',
] as const satisfies readonly RunnerRequest['kind'][];

/** All but paths is the sidecar's own affair: it shares its types with the laptop, and a fault in it hurts only itself. */
const requestSchema = z.looseObject({
  kind: z.enum(KINDS),
  onnxPath: z.optional(z.string()),
  spec: z.optional(z.looseObject({ onnxPath: z.string() })),
});

/**
 * The line for the sidecar, with the model's path on this device in place of its name.
 * `pathOf`: path of a placed model by the name that the agent gave it, or undefined.
 * @throws INPUT_INVALID, NOT_FOUND for any other path
 */
export function runnerLine(body: Buffer, pathOf: (name: string) => string | undefined): string {
  const parsed = requestSchema.safeParse(parseJson(body));
  if (!parsed.success)
    throw new AppError('INPUT_INVALID', 'This is not a request that a benchmark on this device can make.');
  const { onnxPath, spec, ...rest } = parsed.data;
  const placed = (name: string): string => {
    const path = pathOf(name);
    if (path !== undefined) return path;
    throw new AppError('NOT_FOUND', 'This model was not sent for this benchmark; start the benchmark again.', {
      details: { onnxPath: name },
    });
  };
  return `${JSON.stringify({
    ...rest,
    ...(onnxPath === undefined ? {} : { onnxPath: placed(onnxPath) }),
    ...(spec === undefined ? {} : { spec: { ...spec, onnxPath: placed(spec.onnxPath) } }),
  })}\n`;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new AppError('INPUT_INVALID', 'The request to a benchmark process is not JSON.', { cause: error });
  }
}
