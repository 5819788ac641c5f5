// What the laptop tells the set-up program on the device (stdin, one line of JSON), and what it hears back (stdout, one JSON value a line).
import * as z from 'zod/mini';
import { agentHelloSchema, wireErrorSchema } from '../../../shared/agent-protocol/messages.ts';

export const startModeSchema = z.enum(['systemd', 'cron', 'detached']);
export type StartMode = z.infer<typeof startModeSchema>;

const setupPartSchema = z.object({
  name: z.enum(['node', 'onnxruntime', 'agent']),
  id: z.string(),
  files: z.array(z.object({ path: z.string(), mode: z.int(), sizeBytes: z.int(), sha256: z.string() })),
});
export type SetupPart = z.infer<typeof setupPartSchema>;

export const setupPlanSchema = z.object({
  /** Absolute. */
  root: z.string(),
  kitId: z.string(),
  parts: z.array(setupPartSchema),
  /** Folder below `<root>/kit` with the parts that were just sent; null when none was missing. */
  incoming: z.nullable(z.string()),
  startMode: z.enum(['auto', 'systemd', 'cron', 'detached']),
  trustKeysJson: z.string(),
});
export type SetupPlan = z.infer<typeof setupPlanSchema>;

export const setupEventSchema = z.discriminatedUnion('type', [
  /** `isSwitching`: from here on the set-up goes to its end, one way or the other. */
  z.object({ type: z.literal('step'), step: z.string(), isSwitching: z.boolean() }),
  z.object({ type: z.literal('done'), agent: agentHelloSchema, startMode: startModeSchema }),
  z.object({ type: z.literal('error'), error: wireErrorSchema }),
]);
export type SetupEvent = z.infer<typeof setupEventSchema>;
