// Models in the local registry: import, list, inspect, remove.
import { oc } from '@orpc/contract';
import * as z from 'zod/mini';
import { refInputSchema, tensorInfoSchema } from './common.ts';

export const modelSummarySchema = z.object({
  name: z.string(),
  version: z.string(),
  /** Digest of the ONNX file. */
  digest: z.string(),
  /** ONNX file and external data together. */
  sizeBytes: z.number(),
  importedAtMs: z.number(),
  inputs: z.array(tensorInfoSchema),
  outputs: z.array(tensorInfoSchema),
  opsets: z.array(z.object({ domain: z.string(), version: z.int() })),
  parameterCount: z.number(),
});
export type ModelSummary = z.infer<typeof modelSummarySchema>;

export const modelDetailSchema = z.extend(modelSummarySchema, {
  irVersion: z.int(),
  producer: z.string(),
  graphName: z.string(),
  nodeCount: z.int(),
  operators: z.array(z.object({ domain: z.string(), opType: z.string(), count: z.int() })),
  /** Bytes of weights by element type. */
  weights: z.array(z.object({ type: z.string(), elements: z.number(), sizeBytes: z.number() })),
  /** The ONNX file first, then its external data, by path relative to the ONNX file. */
  files: z.array(z.object({ path: z.string(), digest: z.string(), sizeBytes: z.number() })),
  metadata: z.record(z.string(), z.string()),
});
export type ModelDetail = z.infer<typeof modelDetailSchema>;

export const modelsContract = {
  /** Version defaults to 1, 2, 3 … after the highest plain number there is. */
  import: oc
    .input(z.object({ path: z.string(), name: z.string(), version: z.optional(z.string()) }))
    .output(modelDetailSchema),
  list: oc.output(z.array(modelSummarySchema)),
  get: oc.input(refInputSchema).output(modelDetailSchema),
  /** Refused with IN_USE while a bundle needs it. */
  remove: oc.input(refInputSchema).output(z.object({ removed: z.string(), freedBytes: z.number() })),
};
