// Signed bundles and the keys that sign them.
import { eventIterator, oc } from '@orpc/contract';
import * as z from 'zod/mini';
import { releaseSchema } from '../domain/release.ts';
import { refInputSchema } from './common.ts';
import { modelDetailSchema } from './models.ts';

export const keyInfoSchema = z.object({
  /** Hex SHA-256 of the public key's SPKI. */
  keyId: z.string(),
  name: z.string(),
  algorithm: z.literal('ecdsa-p256-sha256'),
  createdAtMs: z.number(),
  publicKeyPem: z.string(),
});
export type KeyInfo = z.infer<typeof keyInfoSchema>;

export const keysContract = {
  /** Makes a key pair; `name` defaults to `default`. Refused with ALREADY_EXISTS when the name is taken. */
  init: oc.input(z.object({ name: z.optional(z.string()) })).output(keyInfoSchema),
  list: oc.output(z.array(keyInfoSchema)),
};

export const bundleSummarySchema = z.object({
  name: z.string(),
  version: z.string(),
  /** Digest of the OCI manifest: the identity of the bundle. */
  digest: z.string(),
  sizeBytes: z.number(),
  createdAtMs: z.number(),
  model: z.object({ name: z.string(), version: z.string() }),
  signedBy: z.array(z.string()),
  goldenCases: z.int(),
  latencyBudgetMs: z.nullable(z.number()),
});
export type BundleSummary = z.infer<typeof bundleSummarySchema>;

export const bundleDetailSchema = z.extend(bundleSummarySchema, {
  release: releaseSchema,
  blobs: z.array(
    z.object({ digest: z.string(), sizeBytes: z.number(), mediaType: z.string(), title: z.nullable(z.string()) }),
  ),
});
export type BundleDetail = z.infer<typeof bundleDetailSchema>;

export const verifyReportSchema = z.object({
  name: z.string(),
  version: z.string(),
  digest: z.string(),
  signedBy: z.array(z.object({ keyId: z.string(), name: z.nullable(z.string()), isTrusted: z.boolean() })),
  blobsChecked: z.int(),
  bytesChecked: z.number(),
});
export type VerifyReport = z.infer<typeof verifyReportSchema>;

export const filesReportSchema = z.object({
  /** Name of the model as its signer gave it. */
  model: z.string(),
  files: z.int(),
  sizeBytes: z.number(),
  signedBy: z.object({ keyId: z.string(), name: z.string() }),
});
export type FilesReport = z.infer<typeof filesReportSchema>;

const registryOptions = {
  /** Speak plain HTTP to the registry; one on this computer itself is spoken to so in any case. */
  plainHttp: z.optional(z.boolean()),
  /** A login for this call; absent: what docker or podman keeps for the registry. */
  username: z.optional(z.string()),
  password: z.optional(z.string()),
};
export interface RegistryOptions {
  readonly plainHttp?: boolean | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export const pushResultSchema = z.object({
  /** With the tag and the digest. */
  reference: z.string(),
  digest: z.string(),
  uploadedBytes: z.number(),
  /** Taken over from another repository of the registry. */
  mountedBytes: z.number(),
  /** In the repository before. */
  presentBytes: z.number(),
  signatures: z.int(),
});
export type PushResult = z.infer<typeof pushResultSchema>;

/** Snapshots of a transfer; the last one has the result. Leaving the stream stops the transfer. */
const transferOf = <T extends z.ZodMiniType>(result: T) =>
  eventIterator(
    z.object({
      step: z.string(),
      doneBytes: z.number(),
      totalBytes: z.nullable(z.number()),
      result: z.nullable(result),
    }),
  );

export const bundlesContract = {
  create: oc
    .input(
      z.object({
        modelRef: z.string(),
        name: z.string(),
        version: z.string(),
        /** NPZ file with inputs and expected outputs by tensor name; absent: the model itself is run on seeded inputs. */
        goldenPath: z.optional(z.string()),
        goldenCases: z.optional(z.int().check(z.positive())),
        toleranceAbsolute: z.optional(z.number()),
        toleranceRelative: z.optional(z.number()),
        latencyBudgetMs: z.optional(z.number()),
        probationS: z.optional(z.number()),
        architectures: z.optional(z.array(z.string())),
        /** Text with the name of one class a line. */
        labelsPath: z.optional(z.string()),
        /** JSON that says how inputs are prepared. */
        preprocessingPath: z.optional(z.string()),
        /** JSON of benchmark results, evaluations, lineage. */
        evidencePaths: z.optional(z.array(z.string())),
        keyName: z.optional(z.string()),
      }),
    )
    .output(bundleDetailSchema),
  list: oc.output(z.array(bundleSummarySchema)),
  get: oc.input(refInputSchema).output(bundleDetailSchema),
  /** Re-reads and re-hashes every blob and checks the signatures. */
  verify: oc.input(refInputSchema).output(verifyReportSchema),
  export: oc
    .input(z.object({ ref: z.string(), path: z.string() }))
    .output(z.object({ path: z.string(), sizeBytes: z.number() })),
  /** Writes the bundle as a folder of plain files; `signaturePath`: for `model_signing verify key`, null where the bundle has none. */
  exportFiles: oc.input(z.object({ ref: z.string(), path: z.string() })).output(
    z.object({
      path: z.string(),
      files: z.int(),
      sizeBytes: z.number(),
      signaturePath: z.nullable(z.string()),
    }),
  ),
  /** Checks a model's folder or file against a signature in the format of OpenSSF Model Signing. */
  verifyFiles: oc
    .input(z.object({ path: z.string(), signaturePath: z.string(), publicKeyPath: z.optional(z.string()) }))
    .output(filesReportSchema),
  import: oc.input(z.object({ path: z.string() })).output(bundleDetailSchema),
  /** Sends a bundle and its signatures to `oci://HOST[:PORT]/REPOSITORY[:TAG]`; without a tag, to that of its version. */
  push: oc
    .input(
      z.object({
        ref: z.string(),
        reference: z.string(),
        /** Repository of the same registry that may have the bundle's parts already. */
        mountFrom: z.optional(z.string()),
        /** Lets a tag that points to another bundle point to this one. */
        replace: z.optional(z.boolean()),
        ...registryOptions,
      }),
    )
    .output(transferOf(pushResultSchema)),
  /** Takes a bundle from `oci://HOST[:PORT]/REPOSITORY[:TAG][@sha256:…]`, verified as an import is. */
  pull: oc.input(z.object({ reference: z.string(), ...registryOptions })).output(transferOf(bundleDetailSchema)),
  /** Imports the ONNX file of any ModelPack artifact as a model. */
  pullModel: oc
    .input(z.object({ reference: z.string(), name: z.string(), version: z.optional(z.string()), ...registryOptions }))
    .output(transferOf(modelDetailSchema)),
  remove: oc.input(refInputSchema).output(z.object({ removed: z.string(), freedBytes: z.number() })),
};
