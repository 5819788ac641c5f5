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

export const graphNodeSchema = z.object({
  name: z.string(),
  opType: z.string(),
  domain: z.string(),
  /** Attributes in short text. */
  attributes: z.record(z.string(), z.string()),
  /** Names of its weights with their shapes. */
  weights: z.array(z.object({ name: z.string(), shape: z.array(z.number()) })),
  subgraphs: z.int(),
});

/** The main graph as a picture needs it: no weights, nodes in the file's order, subgraphs counted but not opened. */
export const modelGraphSchema = z.object({
  nodes: z.array(graphNodeSchema),
  /** From one node to another (indices), by the tensor between them; -1: an input of the graph, or an output. */
  edges: z.array(z.object({ from: z.int(), to: z.int(), tensor: z.string() })),
});
export type ModelGraph = z.infer<typeof modelGraphSchema>;

export const modelsContract = {
  /** Version defaults to 1, 2, 3 … after the highest plain number there is. */
  import: oc
    .input(z.object({ path: z.string(), name: z.string(), version: z.optional(z.string()) }))
    .output(modelDetailSchema),
  list: oc.output(z.array(modelSummarySchema)),
  get: oc.input(refInputSchema).output(modelDetailSchema),
  graph: oc.input(refInputSchema).output(modelGraphSchema),
  /** Refused with IN_USE while a bundle needs it. */
  remove: oc.input(refInputSchema).output(z.object({ removed: z.string(), freedBytes: z.number() })),
};
