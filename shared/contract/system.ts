// What the application says about itself.
import { oc } from '@orpc/contract';
import * as z from 'zod/mini';

export const systemInfoSchema = z.object({
  version: z.string(),
  host: z.enum(['electron', 'serve', 'cli']),
  nodeVersion: z.string(),
  onnxruntimeVersion: z.string(),
  platform: z.string(),
  architecture: z.string(),
  dataDir: z.string(),
  kitArchitectures: z.array(z.string()),
});
export type SystemInfo = z.infer<typeof systemInfoSchema>;

/** How far the main job has come, for the first-run page. */
export const journeySchema = z.object({
  models: z.int(),
  benchmarks: z.int(),
  keys: z.int(),
  bundles: z.int(),
  devices: z.int(),
  devicesReady: z.int(),
  rollouts: z.int(),
  sampleModelPath: z.nullable(z.string()),
});
export type Journey = z.infer<typeof journeySchema>;

export const systemContract = {
  info: oc.output(systemInfoSchema),
  journey: oc.output(journeySchema),
};
