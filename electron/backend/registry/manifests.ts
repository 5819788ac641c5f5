// Manifests of a repository by tag or digest, and the list of artifacts that refer to one: by the API, or by the tag that stands in for it.
import * as z from 'zod/mini';
import { MAX_MANIFEST_BYTES, sha256Digest } from '../../../devices/trust/bundle-manifest.ts';
import { type Descriptor, descriptorSchema, MEDIA_TYPES } from '../../../shared/domain/release.ts';
import { canonicalJson } from '../bundles/canonical-json.ts';
import { refused } from './registry-errors.ts';
import type { RegistrySession } from './registry-session.ts';

const MAX_PAGES = 10;
const ACCEPT = { accept: `${MEDIA_TYPES.manifest}, ${MEDIA_TYPES.index}` };

const indexSchema = z.object({ manifests: z.array(descriptorSchema) });

export interface FetchedManifest {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly mediaType: string;
}

/** Null when there is none. @throws REGISTRY_REFUSED when it is not the one asked for, or over 4 MiB, and what `send` does */
export async function getManifest(session: RegistrySession, reference: string): Promise<FetchedManifest | null> {
  const exchange = await session.send('GET', session.url(`manifests/${reference}`), { headers: ACCEPT });
  if (exchange.status === 404) {
    exchange.body.resume();
    return null;
  }
  if (exchange.status !== 200) throw await session.unexpected(exchange, 'give a manifest');
  const bytes = await session.read(exchange, MAX_MANIFEST_BYTES);
  const digest = sha256Digest(bytes);
  const promised = reference.startsWith('sha256:') ? reference : exchange.headers['docker-content-digest'];
  if (typeof promised === 'string' && promised.startsWith('sha256:') && promised !== digest) {
    throw refused(session.host, 'sent another manifest than it promised', { promised, digest });
  }
  const mediaType = (exchange.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  return { bytes, digest, mediaType };
}

/** Digest that a tag points to; null when there is no such tag. */
export async function tagDigest(session: RegistrySession, tag: string): Promise<string | null> {
  const exchange = await session.send('HEAD', session.url(`manifests/${tag}`), { headers: ACCEPT });
  exchange.body.resume();
  if (exchange.status === 404) return null;
  if (exchange.status !== 200) throw await session.unexpected(exchange, 'say what a tag points to');
  const digest = exchange.headers['docker-content-digest'];
  return typeof digest === 'string' ? digest : ((await getManifest(session, tag))?.digest ?? null);
}

/** `listsReferrers`: the registry took notice of the manifest's subject, and lists it by itself (distribution spec 1.1). */
export async function putManifest(
  session: RegistrySession,
  reference: string,
  bytes: Uint8Array,
  mediaType: string = MEDIA_TYPES.manifest,
): Promise<{ listsReferrers: boolean }> {
  const exchange = await session.send('PUT', session.url(`manifests/${reference}`), {
    headers: { 'content-type': mediaType },
    body: { sizeBytes: bytes.byteLength, open: () => [bytes] },
  });
  if (exchange.status !== 201) throw await session.unexpected(exchange, 'keep a manifest');
  exchange.body.resume();
  const stored = exchange.headers['docker-content-digest'];
  if (stored !== undefined && stored !== sha256Digest(bytes)) {
    throw refused(session.host, 'changed a manifest', { stored, sent: sha256Digest(bytes) });
  }
  return { listsReferrers: exchange.headers['oci-subject'] !== undefined };
}

/** Descriptors of what refers to a manifest, of any type. */
export async function listReferrers(session: RegistrySession, digest: string): Promise<Descriptor[]> {
  const found: Descriptor[] = [];
  let url: URL | null = session.url(`referrers/${digest}`);
  for (let page = 0; url !== null; page++) {
    const exchange = await session.send('GET', url, { headers: { accept: MEDIA_TYPES.index } });
    const isIndex = (exchange.headers['content-type'] ?? '').startsWith(MEDIA_TYPES.index);
    if (exchange.status !== 200 || !isIndex) {
      if (exchange.status === 401 || exchange.status === 403)
        throw await session.unexpected(exchange, 'list signatures');
      exchange.body.resume();
      return [...found, ...(await readReferrersTag(session, digest))];
    }
    found.push(...parseIndex(session, await session.read(exchange, MAX_MANIFEST_BYTES)));
    const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(String(exchange.headers['link'] ?? ''))?.[1];
    if (page + 1 >= MAX_PAGES && next !== undefined) throw refused(session.host, 'lists too many signatures');
    url = next === undefined ? null : session.url(next, url);
    if (url !== null && url.host !== session.host) throw refused(session.host, 'sent us elsewhere for the signatures');
  }
  return found;
}

/** Adds to the list that registries without the referrers API keep under a tag ("Referrers Tag Schema"). */
export async function addToReferrersTag(
  session: RegistrySession,
  subject: string,
  descriptors: readonly Descriptor[],
): Promise<void> {
  const known = await readReferrersTag(session, subject);
  const all = new Map([...known, ...descriptors].map((one) => [one.digest, one]));
  if (all.size === known.length) return;
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [...all.values()] };
  await putManifest(session, referrersTag(subject), canonicalJson(index), MEDIA_TYPES.index);
}

async function readReferrersTag(session: RegistrySession, subject: string): Promise<Descriptor[]> {
  const index = await getManifest(session, referrersTag(subject));
  return index === null ? [] : parseIndex(session, index.bytes);
}

function referrersTag(digest: string): string {
  return digest.replace(':', '-');
}

function parseIndex(session: RegistrySession, bytes: Buffer): Descriptor[] {
  try {
    return indexSchema.parse(JSON.parse(bytes.toString('utf8'))).manifests;
  } catch {
    throw refused(session.host, 'sent a list of signatures that cannot be read');
  }
}
