// Taking devices from the inventories of other tools, and writing such files: the plan that is shown before anything changes.
import * as z from 'zod/mini';

export const inventoryFormatSchema = z.enum(['ssh-config', 'ansible-ini', 'ansible-yaml', 'csv']);
export type InventoryFormat = z.infer<typeof inventoryFormatSchema>;

export const planImportInputSchema = z.object({
  /** A file on this computer. */
  path: z.string(),
  /** Default: by the file's name. */
  format: z.optional(inventoryFormatSchema),
  /** Names to take, with `*`, `?` and `!`, and commas between; default: all. */
  match: z.optional(z.string()),
  /** Labels for every device of the file. */
  labels: z.optional(z.record(z.string(), z.string())),
});
export type PlanImportInput = z.infer<typeof planImportInputSchema>;

export const importEntrySchema = z.object({
  name: z.string(),
  /** `changed`: a device of this name is there and the file says something else of it; it changes only with `update`. */
  state: z.enum(['new', 'same', 'changed', 'refused']),
  file: z.string(),
  line: z.int(),
  /** `user@host[:port]`; null where refused. */
  address: z.nullable(z.string()),
  /** For `changed`: what differs, each as one phrase. */
  changes: z.array(z.string()),
  /** For `refused`: one sentence without its full stop. */
  reason: z.nullable(z.string()),
  /** What a reader should know: jump hosts, addresses that are there twice, values left out. */
  remarks: z.array(z.string()),
});
export type ImportEntry = z.infer<typeof importEntrySchema>;

export const importPlanSchema = z.object({
  path: z.string(),
  format: inventoryFormatSchema,
  /** Stands for this plan: given to `import`, only exactly this is done. */
  planId: z.string(),
  entries: z.array(importEntrySchema),
  /** Hosts of the file that `match` left out. */
  unmatched: z.int(),
  remarks: z.array(z.string()),
});
export type ImportPlan = z.infer<typeof importPlanSchema>;

export const importInputSchema = z.extend(planImportInputSchema, {
  /** Also changes devices that are there already. */
  update: z.optional(z.boolean()),
  /** `planId` of the plan that was shown. */
  planId: z.optional(z.string()),
});
export type ImportInput = z.infer<typeof importInputSchema>;

export const importResultSchema = z.object({
  plan: importPlanSchema,
  added: z.array(z.string()),
  updated: z.array(z.string()),
});
export type ImportResult = z.infer<typeof importResultSchema>;

export const exportInputSchema = z.object({
  /** The file to write on this computer; one that is there is replaced. */
  path: z.string(),
  format: z.optional(inventoryFormatSchema),
});
export type ExportInput = z.infer<typeof exportInputSchema>;

export const exportResultSchema = z.object({
  path: z.string(),
  sizeBytes: z.number(),
  devices: z.int(),
  /** What the format could not hold, or which devices are not in it. */
  remarks: z.array(z.string()),
});
export type ExportResult = z.infer<typeof exportResultSchema>;
