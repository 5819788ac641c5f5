import { describe, expect, it } from 'vitest';
import { buildBundleManifest, sha256Digest } from '../../../devices/trust/bundle-manifest.ts';
import { buildStatement } from '../../../devices/trust/statement.ts';
import { type VerifyReleaseInput, verifyRelease } from '../../../devices/trust/verify-release.ts';
import { type Descriptor, type Manifest, MEDIA_TYPES, type Release } from '../../../shared/domain/release.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import {
  createTestBundle,
  createTestKey,
  createTestRelease,
  signPayload,
  type TestBundle,
} from '../../helpers/signed-bundle.ts';

const key = createTestKey();
const code = (name: string) => expect.objectContaining({ code: name });

function input(bundle: TestBundle, change: Partial<VerifyReleaseInput> = {}): VerifyReleaseInput {
  const { manifestBytes, manifestDigest, signatures } = bundle;
  return { manifestBytes, manifestDigest, signatures, trustedKeys: [key], ...change };
}

/** A validly signed manifest with the given change: what a careless or hostile, but trusted, signer could make. */
function signedManifest(
  change: (manifest: Manifest) => unknown,
  release: Release = createTestRelease(),
): VerifyReleaseInput {
  const { manifest } = buildBundleManifest(release, Buffer.from('{}'));
  const manifestBytes = Buffer.from(JSON.stringify(change(structuredClone(manifest))));
  const manifestDigest = sha256Digest(manifestBytes);
  const signatures = [signPayload(key, buildStatement({ name: 'x', version: '1', manifestDigest }))];
  return { manifestBytes, manifestDigest, signatures, trustedKeys: [key] };
}

function signedRelease(change: (release: Release) => Release): VerifyReleaseInput {
  return signedManifest((manifest) => manifest, change(createTestRelease()));
}

describe('verifyRelease', () => {
  const bundle = createTestBundle(key, {
    files: { 'model.onnx': Buffer.from('abc'), 'weights/w.bin': Buffer.from('abc') },
  });

  it('accepts what a trusted key signed, and gives its parts', () => {
    const verified = verifyRelease(input(bundle));
    expect(verified.signedBy).toEqual([key.keyId]);
    expect(verified.releaseId).toBe(`digits-1-${bundle.manifestDigest.slice(7, 23)}`);
    expect(verified.release).toEqual(bundle.release);
    expect(verified.releaseDescriptor.mediaType).toBe(MEDIA_TYPES.release);
    expect(verified.blobs.map((blob) => blob.digest).sort()).toEqual([...bundle.blobs.keys()].sort());
  });

  it('accepts one good signature among others by unknown keys', () => {
    const other = createTestBundle(createTestKey());
    expect(verifyRelease(input(bundle, { signatures: [...other.signatures, ...bundle.signatures] })).signedBy).toEqual([
      key.keyId,
    ]);
  });

  it('gives the same bytes for the same input', () => {
    const release = createTestRelease();
    expect(buildBundleManifest(release, Buffer.from('{}'))).toEqual(buildBundleManifest(release, Buffer.from('{}')));
  });

  it('refuses another key, and says which were offered', () => {
    expect(() => verifyRelease(input(bundle, { trustedKeys: [createTestKey()] }))).toThrow(
      code('BUNDLE_KEY_UNTRUSTED'),
    );
    expect(() => verifyRelease(input(bundle, { trustedKeys: [] }))).toThrow(code('BUNDLE_KEY_UNTRUSTED'));
  });

  it('refuses a key that only claims the id of a trusted one', () => {
    const impostor = { ...createTestKey(), keyId: key.keyId };
    expect(() => verifyRelease(input(createTestBundle(impostor)))).toThrow(code('BUNDLE_SIGNATURE_INVALID'));
  });

  it('refuses a bundle without signatures, or with more than it should have', () => {
    expect(() => verifyRelease(input(bundle, { signatures: [] }))).toThrow(code('BUNDLE_SIGNATURE_INVALID'));
    const many = Array.from({ length: 17 }, () => bundle.signatures[0] ?? Buffer.alloc(0));
    expect(() => verifyRelease(input(bundle, { signatures: many }))).toThrow(code('BUNDLE_MALFORMED'));
  });

  it('refuses the signature of another bundle of the same signer', () => {
    const other = createTestBundle(key, { version: '2' });
    expect(() => verifyRelease(input(bundle, { signatures: other.signatures }))).toThrow(
      code('BUNDLE_SIGNATURE_INVALID'),
    );
  });

  it('refuses a manifest under the digest of another', () => {
    const other = createTestBundle(key, { version: '2' });
    expect(() => verifyRelease(input(bundle, { manifestDigest: other.manifestDigest }))).toThrow(
      code('BUNDLE_DIGEST_MISMATCH'),
    );
    expect(() => verifyRelease(input(bundle, { manifestBytes: other.manifestBytes }))).toThrow(
      code('BUNDLE_DIGEST_MISMATCH'),
    );
  });

  it('refuses a signed payload that is no statement, or of another predicate, or with two subjects', () => {
    const statement = JSON.parse(
      Buffer.from(buildStatement({ name: 'x', version: '1', manifestDigest: bundle.manifestDigest })).toString(),
    );
    const sign = (value: unknown) => [signPayload(key, Buffer.from(JSON.stringify(value)))];
    expect(() => verifyRelease(input(bundle, { signatures: sign([]) }))).toThrow(code('BUNDLE_MALFORMED'));
    expect(() =>
      verifyRelease(
        input(bundle, { signatures: sign({ ...statement, predicateType: 'https://slsa.dev/provenance/v1' }) }),
      ),
    ).toThrow(code('BUNDLE_SIGNATURE_INVALID'));
    expect(() =>
      verifyRelease(
        input(bundle, { signatures: sign({ ...statement, subject: [...statement.subject, ...statement.subject] }) }),
      ),
    ).toThrow(code('BUNDLE_SIGNATURE_INVALID'));
  });

  it('refuses every single changed byte of the manifest and of the signature', () => {
    const small = createTestBundle(key);
    for (const at of sampled(small.manifestBytes.length)) {
      const manifestBytes = flip(small.manifestBytes, at);
      expect(() => verifyRelease(input(small, { manifestBytes }))).toThrow(AppError);
      // Even when whoever changed it also gave it its new name.
      expect(() => verifyRelease(input(small, { manifestBytes, manifestDigest: sha256Digest(manifestBytes) }))).toThrow(
        AppError,
      );
    }
    const signature = small.signatures[0] ?? Buffer.alloc(0);
    const payloadStart = Buffer.from(signature).indexOf('dsseEnvelope');
    for (const at of sampled(signature.length).filter(
      (index) => index > payloadStart && index < signature.length - 16,
    )) {
      expect(() => verifyRelease(input(small, { signatures: [flip(signature, at)] }))).toThrow(AppError);
    }
  });

  it('refuses a manifest or signature that is cut anywhere', () => {
    for (const at of sampled(bundle.manifestBytes.length)) {
      const manifestBytes = bundle.manifestBytes.subarray(0, at);
      expect(() => verifyRelease(input(bundle, { manifestBytes }))).toThrow(code('BUNDLE_DIGEST_MISMATCH'));
    }
    const signature = bundle.signatures[0] ?? Buffer.alloc(0);
    for (const at of sampled(signature.length)) {
      expect(() => verifyRelease(input(bundle, { signatures: [signature.subarray(0, at)] }))).toThrow(
        code('BUNDLE_MALFORMED'),
      );
    }
  });
});

describe('layer rules, signed by a trusted key all the same', () => {
  const layerOf = (manifest: Manifest, mediaType: string): Descriptor => {
    const layer = manifest.layers.find((one) => one.mediaType === mediaType);
    if (layer === undefined) throw new Error('no such layer');
    return layer;
  };
  const without = (mediaType: string) => (manifest: Manifest) => ({
    ...manifest,
    layers: manifest.layers.filter((layer) => layer.mediaType !== mediaType),
  });
  const twice = (mediaType: string) => (manifest: Manifest) => ({
    ...manifest,
    layers: [...manifest.layers, layerOf(manifest, mediaType)],
  });
  const changed = (mediaType: string, change: Partial<Descriptor>) => (manifest: Manifest) => ({
    ...manifest,
    layers: manifest.layers.map((layer) => (layer.mediaType === mediaType ? { ...layer, ...change } : layer)),
  });
  const digest = sha256Digest(Buffer.from('something else'));
  /** A document at each of the paths. */
  const attached =
    (...paths: (string | undefined)[]) =>
    (manifest: Manifest) => ({
      ...manifest,
      layers: [
        ...manifest.layers,
        ...paths.map((path) => ({
          mediaType: MEDIA_TYPES.document,
          digest,
          size: 1,
          ...(path === undefined ? {} : { annotations: { 'org.cncf.model.filepath': path } }),
        })),
      ],
    });

  it('start from a manifest that is accepted', () => {
    expect(verifyRelease(signedManifest((manifest) => manifest)).signedBy).toEqual([key.keyId]);
    const verified = verifyRelease(signedManifest(attached('lineside/attached/x')));
    expect(verified.attachments.map((one) => one.digest)).toEqual([digest]);
    expect(verified.blobs.map((one) => one.digest)).not.toContain(digest);
  });

  it.each<[string, (manifest: Manifest) => unknown]>([
    ['no release document', without(MEDIA_TYPES.release)],
    ['two release documents', twice(MEDIA_TYPES.release)],
    ['no golden blob', without(MEDIA_TYPES.golden)],
    ['two golden blobs', twice(MEDIA_TYPES.golden)],
    ['no weights', without(MEDIA_TYPES.weight)],
    ['a weight twice', twice(MEDIA_TYPES.weight)],
    ['another weight', changed(MEDIA_TYPES.weight, { digest })],
    ['a weight of another length', changed(MEDIA_TYPES.weight, { size: 1 })],
    ['a weight of negative length', changed(MEDIA_TYPES.weight, { size: -1 })],
    ['a weight without a path', changed(MEDIA_TYPES.weight, { annotations: {} })],
    ['a weight at another path', changed(MEDIA_TYPES.weight, { annotations: { 'org.cncf.model.filepath': '../x' } })],
    ['another golden blob', changed(MEDIA_TYPES.golden, { digest })],
    ['an attachment outside its folder', attached('notes.json')],
    ['an attachment that leaves its folder', attached('lineside/attached/../../x')],
    ['an attachment without a path', attached(undefined)],
    ['an attachment in the place of the golden vectors', attached('lineside/golden.bin')],
    ['an attachment twice', attached('lineside/attached/x', 'lineside/attached/x')],
    ['no embedded document', changed(MEDIA_TYPES.release, { data: '' })],
    ['another embedded document', changed(MEDIA_TYPES.release, { data: Buffer.from('{}').toString('base64') })],
    ['an embedded document that is not base64', changed(MEDIA_TYPES.release, { data: '!' })],
    ['a release layer of another digest', changed(MEDIA_TYPES.release, { digest })],
    [
      'an unknown layer',
      (manifest) => ({ ...manifest, layers: [...manifest.layers, { mediaType: 'x/y', digest, size: 1 }] }),
    ],
    ['another config type', (manifest) => ({ ...manifest, config: { ...manifest.config, mediaType: 'x/y' } })],
    [
      'a blob with two sizes',
      (manifest) => ({ ...manifest, config: { ...manifest.config, digest: manifest.layers[1]?.digest } }),
    ],
    [
      '10,000 layers',
      (manifest) => ({ ...manifest, layers: Array.from({ length: 10_000 }, () => manifest.layers[2]) }),
    ],
    ['another artifact type', (manifest) => ({ ...manifest, artifactType: 'application/x' })],
    ['another schema version', (manifest) => ({ ...manifest, schemaVersion: 1 })],
    ['a broken digest', changed(MEDIA_TYPES.golden, { digest: 'sha256:xyz' })],
    ['no object', () => []],
  ])('refuse %s', (_name, change) => {
    expect(() => verifyRelease(signedManifest(change))).toThrow(code('BUNDLE_MALFORMED'));
  });

  it.each<[string, (release: Release) => Release]>([
    ['a hostile path', (release) => withFiles(release, ['../../.bashrc'])],
    ['an absolute path', (release) => withFiles(release, ['/etc/cron.d/x'])],
    ['a path twice', (release) => withFiles(release, ['a', 'a'])],
    ['two paths that differ in case', (release) => withFiles(release, ['a/B', 'A/b'])],
    ['a name with a slash', (release) => ({ ...release, name: '../x' })],
    ['more than the size limit', (release) => withFiles(release, ['a'], 65 * 1024 ** 3)],
    [
      'a golden tensor outside the blob',
      (release) => ({ ...release, golden: { ...release.golden, blob: { ...release.golden.blob, sizeBytes: 7 } } }),
    ],
  ])('refuse a release document with %s', (_name, change) => {
    expect(() => verifyRelease(signedRelease(change))).toThrow(code('BUNDLE_MALFORMED'));
  });
});

function withFiles(release: Release, paths: readonly string[], sizeBytes = 1): Release {
  const files = paths.map((path) => ({ path, digest: sha256Digest(Buffer.from(path)), sizeBytes }));
  return { ...release, model: { ...release.model, files } };
}

function sampled(length: number): number[] {
  return Array.from({ length }, (_, at) => at).filter((at) => at % 7 === 0 || at > length - 4);
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
