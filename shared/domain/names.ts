// Names, versions and references to models and bundles: what is allowed and how `name:version` is taken apart.
import { AppError } from '../errors/app-error.ts';

const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;
const VERSION = /^[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,62}[A-Za-z0-9])?$/;

/** `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}`;

const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function isDigest(value: string): value is Digest {
  return DIGEST.test(value);
}

/** @throws NAME_INVALID when `name` is not 1–64 of a–z, 0–9, `.`, `_`, `-`, starting and ending with a letter or digit. */
export function checkName(kind: 'model' | 'bundle' | 'device' | 'key', name: string): string {
  if (NAME.test(name)) return name;
  throw new AppError(
    'NAME_INVALID',
    `"${name}" is not a ${kind} name: use 1 to 64 of a–z, 0–9, dot, dash and underscore, with a letter or digit at both ends.`,
    { details: { kind, name } },
  );
}

/** @throws NAME_INVALID when `version` is not 1–64 of letters, digits, `.`, `_`, `+`, `-`. */
export function checkVersion(version: string): string {
  if (VERSION.test(version)) return version;
  throw new AppError(
    'NAME_INVALID',
    `"${version}" is not a version: use 1 to 64 letters, digits, dots, dashes, plus signs or underscores.`,
    { details: { version } },
  );
}

export interface NameAndVersion {
  readonly name: string;
  /** Absent: the newest one. */
  readonly version?: string;
}

/** Takes `name` or `name:version` apart. @throws NAME_INVALID */
export function parseRef(kind: 'model' | 'bundle', ref: string): NameAndVersion {
  const at = ref.indexOf(':');
  if (at < 0) return { name: checkName(kind, ref) };
  return { name: checkName(kind, ref.slice(0, at)), version: checkVersion(ref.slice(at + 1)) };
}

export function formatRef(ref: { readonly name: string; readonly version: string }): string {
  return `${ref.name}:${ref.version}`;
}
