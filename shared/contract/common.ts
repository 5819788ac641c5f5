// Schemas that several contract files share.
import * as z from 'zod/mini';

export const jobIdSchema = z.string();
export const jobRefSchema = z.object({ jobId: jobIdSchema });

export const tensorInfoSchema = z.object({
  name: z.string(),
  /** Element type by ONNX Runtime's JavaScript name, `float32` and so on. */
  type: z.string(),
  /** Fixed sizes as numbers, dynamic ones by their name (`?1` where the model gives none); null: rank unknown. */
  shape: z.nullable(z.array(z.union([z.int(), z.string()]))),
});
export type TensorInfo = z.infer<typeof tensorInfoSchema>;

export const refInputSchema = z.object({ ref: z.string() });
export const deviceNameInputSchema = z.object({ name: z.string() });
