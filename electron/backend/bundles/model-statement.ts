// The statement of OpenSSF Model Signing v1.0 (model_signing 1.1, signing.py): every file of a model with its digest, as its public verifier reads it.
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { malformed } from '../../../devices/trust/malformed.ts';
import { parseStatement, STATEMENT_TYPE } from '../../../devices/trust/statement.ts';

export const MODEL_PREDICATE_TYPE = 'https://model_signing/signature/v1.0';

export interface SignedFile {
  /** Relative to the model's folder; `.` for a model that is a single file. */
  readonly path: string;
  readonly algorithm: string;
  readonly digestHex: string;
}

export interface ModelStatement {
  readonly name: string;
  readonly files: readonly SignedFile[];
  /** Paths that the signer left out, relative to the model's folder. */
  readonly ignoredPaths: readonly string[];
}

const predicateSchema = z.object({
  serialization: z.object({
    method: z.string(),
    ignore_paths: z.optional(z.array(z.string())),
  }),
  resources: z
    .array(
      z.object({ name: z.string(), algorithm: z.string(), digest: z.string().check(z.regex(/^(?:[0-9a-f]{2})+$/)) }),
    )
    .check(z.minLength(1)),
});

/** Bytes of the statement about files with SHA-256 digests (`sha256:<hex>`); the same files in any order give the same bytes. */
export function buildModelStatement(
  name: string,
  files: readonly { readonly path: string; readonly digest: string }[],
): Uint8Array {
  const resources = [...files].sort(byPath).map(({ path, digest }) => ({
    name: path,
    algorithm: 'sha256',
    digest: digest.slice('sha256:'.length),
  }));
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [{ name, digest: { sha256: rootDigest(resources.map((one) => one.digest)) } }],
    predicateType: MODEL_PREDICATE_TYPE,
    predicate: { serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false }, resources },
  };
  return Buffer.from(JSON.stringify(statement), 'utf8');
}

/** Reads such a statement, by whomever it was made. @throws BUNDLE_MALFORMED */
export function readModelStatement(payload: Uint8Array, maxBytes?: number): ModelStatement {
  const { predicateType, predicate, subject } = parseStatement(payload, maxBytes);
  if (predicateType !== MODEL_PREDICATE_TYPE) throw malformed(`the signed statement is of the kind "${predicateType}"`);
  const parsed = predicateSchema.safeParse(predicate);
  const [model, ...others] = subject;
  if (!parsed.success || model === undefined || others.length > 0) {
    throw malformed('the signed statement is not one of OpenSSF Model Signing v1.0');
  }
  const { serialization, resources } = parsed.data;
  if (serialization.method !== 'files') {
    throw malformed(`the signed statement lists parts by the method "${serialization.method}", not whole files`);
  }
  if (model.digest['sha256'] !== rootDigest(resources.map((one) => one.digest))) {
    throw malformed('the signed list of files contradicts its own digest');
  }
  if (new Set(resources.map((one) => one.name)).size !== resources.length) {
    throw malformed('the signed statement names a file twice');
  }
  return {
    name: model.name,
    files: resources.map((one) => ({ path: one.name, algorithm: one.algorithm, digestHex: one.digest })),
    ignoredPaths: serialization.ignore_paths ?? [],
  };
}

/** SHA-256 over the files' raw digests in the order in which they are listed. */
function rootDigest(digests: readonly string[]): string {
  const hash = createHash('sha256');
  for (const digest of digests) hash.update(digest, 'hex');
  return hash.digest('hex');
}

/** Order of Python's PurePosixPath: segment by segment, by code points, which is the order of UTF-8 bytes. */
function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  const [left, right] = [a.path.split('/'), b.path.split('/')];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const order = Buffer.compare(Buffer.from(left[index] ?? ''), Buffer.from(right[index] ?? ''));
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
