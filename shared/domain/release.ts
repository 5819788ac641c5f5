// The release document inside every bundle: what it serves, what it needs, and what a device must check before it serves it.
import * as z from 'zod/mini';

/** Media types of a Lineside bundle. Layers have types of CNCF ModelPack only: its clients refuse an artifact with any other. */
export const MEDIA_TYPES = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  artifact: 'application/vnd.cncf.model.manifest.v1+json',
  config: 'application/vnd.cncf.model.config.v1+json',
  weight: 'application/vnd.cncf.model.weight.v1.raw',
  release: 'application/vnd.cncf.model.weight.config.v1.raw',
  golden: 'application/vnd.cncf.model.dataset.v1.raw',
  /** Labels and preprocessing; the same type as that of the release document, which is told from them by its path. */
  settings: 'application/vnd.cncf.model.weight.config.v1.raw',
  /** Evidence. */
  document: 'application/vnd.cncf.model.doc.v1.raw',
  /** Former types of the release document and golden blob, which no ModelPack client takes; still read, no longer written. */
  formerRelease: 'application/vnd.lineside.release.v1+json',
  formerGolden: 'application/vnd.lineside.golden.v1',
  signature: 'application/vnd.dev.sigstore.bundle.v0.3+json',
} as const;

const digest = z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/));
const safeName = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/));

export const blobRefSchema = z.object({ digest, sizeBytes: z.int().check(z.nonnegative()) });

export const tensorRefSchema = z.object({
  name: z.string(),
  type: z.string(),
  shape: z.array(z.int().check(z.nonnegative())),
  /** Byte offset and length inside the golden blob; values little-endian, row-major. */
  offset: z.int().check(z.nonnegative()),
  length: z.int().check(z.nonnegative()),
});
export type TensorRef = z.infer<typeof tensorRefSchema>;

/** One golden vector: inputs and the outputs that the model must give for them. */
export const goldenCaseSchema = z.object({ inputs: z.array(tensorRefSchema), outputs: z.array(tensorRefSchema) });

export const releaseSchema = z.object({
  schemaVersion: z.literal(1),
  name: safeName,
  version: safeName,
  model: z.object({
    name: safeName,
    version: safeName,
    /** Files of the model by their path inside the release; the first is the ONNX file, others are its external data. */
    files: z
      .array(z.object({ path: z.string(), digest, sizeBytes: z.int().check(z.nonnegative()) }))
      .check(z.minLength(1)),
    inputs: z.array(z.object({ name: z.string(), type: z.string(), shape: z.array(z.union([z.int(), z.string()])) })),
    outputs: z.array(z.object({ name: z.string(), type: z.string(), shape: z.array(z.union([z.int(), z.string()])) })),
  }),
  requirements: z.object({
    /** `x64`, `arm64`: names of Node's process.arch. */
    architectures: z.array(z.string()).check(z.minLength(1)),
    /** Memory that must be available on the device before the model is loaded. */
    minAvailableMemoryBytes: z.int().check(z.nonnegative()),
    runtime: z.object({ name: z.literal('onnxruntime'), minVersion: z.string() }),
  }),
  golden: z.object({
    blob: blobRefSchema,
    cases: z.array(goldenCaseSchema).check(z.minLength(1)),
    /** |actual - expected| must be at most absolute + relative * |expected|, element by element. */
    tolerance: z.object({ absolute: z.number(), relative: z.number() }),
  }),
  budget: z.object({
    /** Upper limit of the p95 of single inferences on the device, in milliseconds; null: none. */
    latencyP95Ms: z.nullable(z.number()),
    /** Runs of the golden inputs that the device takes to measure it. */
    latencyRuns: z.int().check(z.positive()),
  }),
  probation: z.object({
    /** Accumulated healthy uptime before the switch becomes permanent, in milliseconds. */
    durationMs: z.int().check(z.nonnegative()),
    /** Share of failed requests (0–1) above which the device rolls back. */
    maxErrorRatio: z.number(),
    /** Starts of the inference worker granted during probation. */
    tries: z.int().check(z.positive()),
  }),
  runtimeOptions: z.object({ intraOpNumThreads: z.int().check(z.nonnegative()) }),
});
export type Release = z.infer<typeof releaseSchema>;
export type GoldenCase = z.infer<typeof goldenCaseSchema>;

/** OCI descriptor (image-spec v1.1, descriptor.md). */
export const descriptorSchema = z.object({
  mediaType: z.string(),
  digest,
  size: z.int().check(z.nonnegative()),
  artifactType: z.optional(z.string()),
  annotations: z.optional(z.record(z.string(), z.string())),
  /** The content itself, base64; Lineside embeds the release document this way so that a device can judge it before a transfer. */
  data: z.optional(z.string()),
});
export type Descriptor = z.infer<typeof descriptorSchema>;

/** OCI image manifest (image-spec v1.1, manifest.md) as Lineside writes it. */
export const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA_TYPES.manifest),
  artifactType: z.literal(MEDIA_TYPES.artifact),
  config: descriptorSchema,
  layers: z.array(descriptorSchema),
  annotations: z.optional(z.record(z.string(), z.string())),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** Id of a release on a device: name-version-first16hex of the manifest digest. */
export function releaseId(name: string, version: string, manifestDigest: string): string {
  return `${name}-${version}-${manifestDigest.slice('sha256:'.length, 'sha256:'.length + 16)}`;
}
