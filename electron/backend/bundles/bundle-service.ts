// Bundles on the laptop: create, list, verify, export, import, remove, and hand to a rollout.
import { stat } from 'node:fs/promises';
import { RELEASE_PREDICATE_TYPE } from '../../../devices/trust/statement.ts';
import { type VerifiedRelease, type VerifyReleaseInput, verifyRelease } from '../../../devices/trust/verify-release.ts';
import type {
  BundleDetail,
  BundleSummary,
  FilesReport,
  PushResult,
  RegistryOptions,
  VerifyReport,
} from '../../../shared/contract/bundles.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { checkName, checkVersion, formatRef } from '../../../shared/domain/names.ts';
import type { Release } from '../../../shared/domain/release.ts';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import type { BlobStore } from '../blob-store.ts';
import type { Database } from '../database.ts';
import type { KeyService } from '../keys/key-service.ts';
import type { PushInput } from '../registry/registry-service.ts';
import { type TransferProgress, transferStream } from '../registry/transfer-stream.ts';
import { type AttachmentInput, readAttachments } from './attachments.ts';
import { buildBundle } from './bundle-builder.ts';
import { blobDamaged, explainUntrusted } from './bundle-errors.ts';
import { createBundleKeeper } from './bundle-keeper.ts';
import { bundleSummary, findBundle, listBundles } from './bundle-table.ts';
import { exportArchive } from './export-archive.ts';
import { type ExportedFiles, exportFiles } from './export-files.ts';
import { goldenFromModel, type RunModel } from './golden-from-model.ts';
import { goldenFromNpz } from './golden-from-npz.ts';
import { importArchive } from './import-archive.ts';
import { signedPredicate, verifyBundle } from './model-signature.ts';
import type { ReleaseOptions } from './release-document.ts';
import { runningRolloutOf } from './running-rollouts.ts';
import { type VerifyFilesInput, verifyFiles } from './verify-files.ts';
import { verifyStoredBundle } from './verify-stored-bundle.ts';

export interface CreateBundleInput extends ReleaseOptions, AttachmentInput {
  readonly modelRef: string;
  readonly name: string;
  readonly version: string;
  readonly goldenPath?: string | undefined;
  /** With `goldenPath`: the first so many rows (default all); without: vectors to make (default 4). */
  readonly goldenCases?: number | undefined;
  readonly keyName?: string | undefined;
}

/** Everything that a rollout sends to a device. */
export interface DeployBundle {
  readonly name: string;
  readonly version: string;
  readonly release: Release;
  readonly manifestDigest: string;
  /** Exact bytes of the OCI manifest. */
  readonly manifestBytes: Buffer;
  /** Exact bytes of the Sigstore bundles that a device goes by. */
  readonly signatures: Buffer[];
  /** The blobs that a device asks for: release document, config, golden vectors, model files; each once. */
  readonly blobs: { readonly digest: string; readonly sizeBytes: number; readonly path: string }[];
}

/** `ref` is a name (its newest version), `name:version`, or the digest. @throws NOT_FOUND, NAME_INVALID */
export interface BundleService {
  /** @throws also what the model, the golden file and the key give, INPUT_INVALID, ALREADY_EXISTS, CANCELLED */
  create(input: CreateBundleInput, signal?: AbortSignal): Promise<BundleDetail>;
  /** Newest first. */
  list(): BundleSummary[];
  get(ref: string): BundleDetail;
  /** @throws BUNDLE_DIGEST_MISMATCH, BUNDLE_SIGNATURE_INVALID, BUNDLE_KEY_UNTRUSTED when no trusted key signed it, CANCELLED */
  verify(ref: string, signal?: AbortSignal): Promise<VerifyReport>;
  /** Never replaces a file. @throws ALREADY_EXISTS, FILE_WRITE_FAILED, LOCAL_DISK_FULL, BUNDLE_DIGEST_MISMATCH, CANCELLED */
  export(ref: string, path: string, signal?: AbortSignal): Promise<{ path: string; sizeBytes: number }>;
  /** Writes a bundle as a folder of plain files with a signature for OpenSSF's verifier. @throws as `export` */
  exportFiles(ref: string, path: string, signal?: AbortSignal): Promise<ExportedFiles>;
  /** @throws what `verifyFiles` does */
  verifyFiles(input: VerifyFilesInput, signal?: AbortSignal): Promise<FilesReport>;
  /** @throws BUNDLE_MALFORMED, BUNDLE_DIGEST_MISMATCH, BUNDLE_SIGNATURE_INVALID, BUNDLE_KEY_UNTRUSTED, ALREADY_EXISTS, CANCELLED */
  import(path: string, signal?: AbortSignal): Promise<BundleDetail>;
  /** @throws what `pushToRegistry` does, NOT_FOUND */
  push(input: PushRequest, signal?: AbortSignal): Transfer<PushResult>;
  /** @throws what `pullFromRegistry` does */
  pull(input: RegistryOptions & { readonly reference: string }, signal?: AbortSignal): Transfer<BundleDetail>;
  /** @throws IN_USE while a rollout of it is running */
  remove(ref: string): Promise<{ removed: string; freedBytes: number }>;
  /** @throws BUNDLE_DIGEST_MISMATCH, BUNDLE_SIGNATURE_INVALID, BUNDLE_KEY_UNTRUSTED */
  loadForDeploy(ref: string): Promise<DeployBundle>;
}

export interface PushRequest extends Omit<PushInput, 'bundle'> {
  readonly ref: string;
}

/** See `transferStream`. */
type Transfer<T> = AsyncGenerator<TransferProgress & { result: T | null }, void, void>;

export interface BundleServiceOptions {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly models: {
    resolve(ref: string): ResolvedModel | Promise<ResolvedModel>;
  };
  readonly keys: KeyService;
  readonly runModel: RunModel;
}

interface ResolvedModel {
  readonly detail: ModelDetail;
  readonly onnxPath: string;
}

const DEFAULT_GOLDEN_CASES = 4;

export function createBundleService({ db, blobs, models, keys, runModel }: BundleServiceOptions): BundleService {
  const keeper = createBundleKeeper(db, blobs);
  const verifyForDeploy = (input: VerifyReleaseInput): VerifiedRelease => {
    try {
      return verifyRelease(input);
    } catch (error) {
      throw explainUntrusted(error, 'deploy', keys.trustedDirectory);
    }
  };

  return {
    list: () => listBundles(db).map(bundleSummary),
    get: (ref) => findBundle(db, ref),
    create: async (input, signal) => {
      checkName('bundle', input.name);
      checkVersion(input.version);
      // Before the slow part: without a key nothing will come of it.
      keys.choose(input.keyName);
      const { detail: model, onnxPath } = await models.resolve(input.modelRef);
      // Before the slow part, too: a file that cannot be read.
      const attachments = await readAttachments(input, model.outputs);
      const { goldenPath, goldenCases } = input;
      const vectors =
        goldenPath === undefined
          ? await goldenFromModel({ model, onnxPath, caseCount: goldenCases ?? DEFAULT_GOLDEN_CASES, runModel, signal })
          : await goldenFromNpz(goldenPath, model, goldenCases);
      if (signal?.aborted) throw cancelled('Creating the bundle');
      const built = buildBundle({ ...input, model, vectors, attachments, options: input }, keys);
      const { manifestBytes, manifestDigest, signatures } = built;
      // What is stored has passed the door through which every device takes it.
      const verified = verifyBundle({ manifestBytes, manifestDigest, signatures, trustedKeys: keys.trustedKeys() });
      return keeper.keep({
        verified,
        manifestBytes,
        signatures,
        add: async (digest) => {
          const bytes = built.blobs.get(digest);
          if (bytes === undefined) throw modelDamaged(model, digest);
          await blobs.addBytes(bytes);
        },
      });
    },
    verify: (ref, signal) => verifyStoredBundle(findBundle(db, ref), { blobs, keeper, keys }, signal),
    export: async (ref, path, signal) => exportArchive(await keeper.layout(findBundle(db, ref)), blobs, path, signal),
    exportFiles: async (ref, path, signal) =>
      exportFiles(await keeper.read(findBundle(db, ref)), { blobs, trustedKeys: keys.trustedKeys() }, path, signal),
    verifyFiles: (input, signal) => verifyFiles(input, keys.trustedKeys(), signal),
    import: (path, signal) => importArchive(path, { blobs, keeper, keys }, signal),
    // What speaks to registries is loaded by those who do.
    push: (input, signal) =>
      transferStream(async (report, stop) => {
        const { pushToRegistry } = await import('../registry/registry-service.ts');
        return pushToRegistry({ ...input, bundle: findBundle(db, input.ref) }, { blobs, keeper }, report, stop);
      }, signal),
    pull: (input, signal) =>
      transferStream(async (report, stop) => {
        const { pullFromRegistry } = await import('../registry/registry-service.ts');
        return pullFromRegistry(input, { blobs, keeper, keys }, report, stop);
      }, signal),
    remove: async (ref) => {
      const detail = findBundle(db, ref);
      const rolloutId = runningRolloutOf(db, detail.digest);
      if (rolloutId !== null) {
        throw new AppError(
          'IN_USE',
          `The bundle ${formatRef(detail)} is being rolled out; wait for the rollout ${rolloutId} to end, or abort it.`,
          { details: { rolloutId } },
        );
      }
      return { removed: formatRef(detail), freedBytes: await keeper.drop(detail) };
    },
    loadForDeploy: async (ref) => {
      const detail = findBundle(db, ref);
      const { manifestBytes, signatures: all } = await keeper.read(detail);
      const signatures = all.filter((bytes) => signedPredicate(bytes) === RELEASE_PREDICATE_TYPE);
      const manifestDigest = detail.digest;
      const verified = verifyForDeploy({ manifestBytes, manifestDigest, signatures, trustedKeys: keys.trustedKeys() });
      const files = verified.blobs.map(({ digest, size }) => ({ digest, sizeBytes: size, path: blobs.path(digest) }));
      for (const file of files) {
        const info = await stat(file.path).catch(() => null);
        if (info?.size !== file.sizeBytes) throw blobDamaged(file.digest);
      }
      const { name, version } = detail;
      return {
        name,
        version,
        release: verified.release,
        manifestDigest,
        manifestBytes,
        signatures,
        blobs: files,
      };
    },
  };
}

function modelDamaged(model: ModelDetail, digest: string): AppError {
  return new AppError(
    'BUNDLE_DIGEST_MISMATCH',
    `A file of the model ${formatRef(model)} is damaged or missing on this computer; remove the model and import it again.`,
    { details: { digest } },
  );
}
