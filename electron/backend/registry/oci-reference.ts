// References to artifacts in OCI registries: `oci://HOST[:PORT]/REPOSITORY[:TAG][@sha256:…]`, by the grammar of the distribution spec 1.1.
import { isDigest } from '../../../shared/domain/names.ts';
import { AppError } from '../../../shared/errors/app-error.ts';

export interface OciReference {
  /** Host with its port, as written. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const MAX_REPOSITORY = 255;

/** @throws INPUT_INVALID that says which part is wrong */
export function parseOciReference(text: string): OciReference {
  const match = /^oci:\/\/([^/]+)\/(.+)$/.exec(text);
  if (match === null) throw wrong(text, 'it must begin with oci://HOST/REPOSITORY');
  const [, registry = '', rest = ''] = match;
  if (registry.includes('@')) throw wrong('oci://…', 'it must not hold a user name or password; use --username');
  if (!HOST.test(registry)) throw wrong(text, `"${registry}" is not a host`);
  const at = rest.indexOf('@');
  const digest = at < 0 ? null : rest.slice(at + 1);
  const path = at < 0 ? rest : rest.slice(0, at);
  const colon = path.indexOf(':');
  const tag = colon < 0 ? null : path.slice(colon + 1);
  const repository = colon < 0 ? path : path.slice(0, colon);
  checkRepository(repository);
  if (tag !== null && !TAG.test(tag)) throw wrong(text, `"${tag}" is not a tag`);
  if (digest !== null && !isDigest(digest)) throw wrong(text, `"${digest}" is not a sha256 digest`);
  return { registry, repository, tag, digest };
}

/** @throws INPUT_INVALID */
export function checkRepository(repository: string): string {
  if (repository.length <= MAX_REPOSITORY && REPOSITORY.test(repository)) return repository;
  throw wrong(
    repository,
    'a repository is made of lower-case letters and digits, with single dots, underscores, dashes and slashes between them',
  );
}

export function formatOciReference({ registry, repository, tag, digest }: OciReference): string {
  return `oci://${registry}/${repository}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
}

/** The tag for a version; tags know no plus sign, for which registries take an underscore (as Helm does). */
export function tagOfVersion(version: string): string {
  return version.replaceAll('+', '_');
}

function wrong(text: string, reason: string): AppError {
  return new AppError('INPUT_INVALID', `"${text}" names nothing in a registry: ${reason}.`, { details: { reason } });
}
