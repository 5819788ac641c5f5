// The in-toto statement that a bundle's signature covers: its subject is the OCI manifest's digest, and through it every blob.
import * as z from 'zod/mini';
import { MEDIA_TYPES } from '../../shared/domain/release.ts';
import { malformed, parseJson } from './malformed.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

/**
 * Our own predicate, the only one that a device goes by. OpenSSF Model Signing's `https://model_signing/signature/v1.0` defines
 * the subject's digest as a hash over the digests of the model's files, which is not the manifest's digest; using its name for
 * another meaning would mislead its verifiers. A second signature with that predicate stands beside this one for them.
 */
export const RELEASE_PREDICATE_TYPE = 'https://lineside/release/v1';

/** A statement that names every file of a bundle has about 150 bytes for each. */
const MAX_STATEMENT_BYTES = 1024 * 1024;

const statementSchema = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.object({ name: z.string(), digest: z.record(z.string(), z.string()) })),
  predicateType: z.string(),
  predicate: z.unknown(),
});
export type Statement = z.infer<typeof statementSchema>;

export interface StatementInput {
  readonly name: string;
  readonly version: string;
  /** `sha256:<hex>` of the manifest's bytes. */
  readonly manifestDigest: string;
}

/** Bytes of the statement to sign; the same input gives the same bytes. */
export function buildStatement(input: StatementInput): Uint8Array {
  const statement: Statement = {
    _type: STATEMENT_TYPE,
    subject: [
      {
        name: `${input.name}:${input.version}`,
        digest: { sha256: input.manifestDigest.slice('sha256:'.length) },
      },
    ],
    predicateType: RELEASE_PREDICATE_TYPE,
    predicate: { mediaType: MEDIA_TYPES.manifest, artifactType: MEDIA_TYPES.artifact },
  };
  return Buffer.from(JSON.stringify(statement), 'utf8');
}

/** Parses the payload of an envelope. @throws BUNDLE_MALFORMED */
export function parseStatement(payload: Uint8Array, maxBytes = MAX_STATEMENT_BYTES): Statement {
  const parsed = statementSchema.safeParse(parseJson('a signed statement', payload, maxBytes));
  if (!parsed.success) throw malformed('a signed statement is not an in-toto statement v1');
  return parsed.data;
}

/** True when the statement is a release statement about exactly this manifest and nothing else. */
export function isAboutManifest(statement: Statement, manifestDigest: string): boolean {
  const [subject] = statement.subject;
  return (
    statement.predicateType === RELEASE_PREDICATE_TYPE &&
    statement.subject.length === 1 &&
    subject !== undefined &&
    `sha256:${subject.digest['sha256'] ?? ''}` === manifestDigest
  );
}
