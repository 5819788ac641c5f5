// Bundles and models in OCI registries: finds the login, opens a session, and streams a push or a pull.
import type { BundleDetail, PushResult, RegistryOptions } from '../../../shared/contract/bundles.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { BlobStore } from '../blob-store.ts';
import type { BundleKeeper } from '../bundles/bundle-keeper.ts';
import type { KeyService } from '../keys/key-service.ts';
import type { ModelService } from '../models/model-service.ts';
import { type Credentials, findCredentials } from './auth-files.ts';
import { checkRepository, type OciReference, parseOciReference, tagOfVersion } from './oci-reference.ts';
import { pullBundle } from './pull-bundle.ts';
import { pullModel } from './pull-model.ts';
import { pushBundle } from './push-bundle.ts';
import { createRegistrySession, type RegistrySession } from './registry-session.ts';
import type { Report } from './transfer-stream.ts';

export interface RegistryParts {
  readonly blobs: BlobStore;
  readonly keeper: BundleKeeper;
  readonly keys: KeyService;
}

export interface PushInput extends RegistryOptions {
  readonly bundle: BundleDetail;
  readonly reference: string;
  readonly mountFrom?: string | undefined;
  readonly replace?: boolean | undefined;
}

/** Without a tag, the bundle's version is the tag. @throws what `pushBundle` does */
export async function pushToRegistry(
  input: PushInput,
  { blobs, keeper }: Pick<RegistryParts, 'blobs' | 'keeper'>,
  report: Report,
  signal: AbortSignal,
): Promise<PushResult> {
  const target = parseOciReference(input.reference);
  if (target.digest !== null) {
    throw new AppError(
      'INPUT_INVALID',
      'A bundle is pushed to a tag, not to a digest; its digest follows from its content.',
    );
  }
  const mountFrom = input.mountFrom === undefined ? undefined : checkRepository(input.mountFrom);
  const layout = await keeper.layout(input.bundle);
  const tag = target.tag ?? tagOfVersion(input.bundle.version);
  return withSession(target, { ...input, mountFrom }, signal, (session) =>
    pushBundle({
      session,
      layout,
      blobs,
      target: { ...target, tag },
      mountFrom,
      replace: input.replace ?? false,
      report,
    }),
  );
}

/** @throws what `pullBundle` does */
export function pullFromRegistry(
  input: RegistryOptions & { readonly reference: string },
  parts: RegistryParts,
  report: Report,
  signal: AbortSignal,
): Promise<BundleDetail> {
  const source = parseOciReference(input.reference);
  return withSession(source, input, signal, (session) => pullBundle({ ...parts, session, source, report }));
}

export interface PullModelInput extends RegistryOptions {
  readonly reference: string;
  readonly name: string;
  readonly version?: string | undefined;
}

/** @throws what `pullModel` does */
export function pullModelFromRegistry(
  input: PullModelInput,
  parts: { readonly models: Pick<ModelService, 'import'>; readonly dataDir: string },
  report: Report,
  signal: AbortSignal,
): Promise<ModelDetail> {
  const source = parseOciReference(input.reference);
  const { name, version } = input;
  return withSession(source, input, signal, (session) =>
    pullModel({ ...parts, session, source, name, version, report }),
  );
}

async function withSession<T>(
  { registry, repository }: OciReference,
  options: RegistryOptions & { readonly mountFrom?: string | undefined },
  signal: AbortSignal,
  use: (session: RegistrySession) => Promise<T>,
): Promise<T> {
  const login = given(options);
  const session = createRegistrySession({
    registry,
    repository,
    findCredentials: async () => login ?? findCredentials(registry, repository, process.env),
    plainHttp: options.plainHttp,
    mountFrom: options.mountFrom,
    signal,
  });
  try {
    return await use(session);
  } finally {
    session.close();
  }
}

function given({ username, password }: RegistryOptions): Credentials | null {
  if (username === undefined && password === undefined) return null;
  if (username === undefined || password === undefined || username === '' || username.includes(':')) {
    throw new AppError('INPUT_INVALID', 'A login is a user name without a colon, and a password; give both.');
  }
  return { username, password, isRefreshToken: false };
}
