import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyRelease } from '../../../devices/trust/verify-release.ts';
import { bundleDetailSchema } from '../../../shared/contract/bundles.ts';
import { MEDIA_TYPES } from '../../../shared/domain/release.ts';
import { ONNXRUNTIME_VERSION } from '../../../shared/domain/versions.ts';
import { type BundleLab, type BundleLabOptions, createBundleLab, MODELS } from '../../helpers/bundle-lab.ts';
import { npy, npz } from '../../helpers/npz-writer.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const goldenPath = `${MODELS}digits-tabular.golden.npz`;
const input = { modelRef: 'digits-tabular', name: 'digits', version: '1', goldenPath };
const open: BundleLab[] = [];
const lab = (options?: BundleLabOptions): BundleLab => {
  const made = createBundleLab(options);
  open.push(made);
  return made;
};
const blobFiles = ({ dataDir }: BundleLab): string[] =>
  readdirSync(join(dataDir, 'blobs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

describe('create', () => {
  it('makes a ModelPack artifact that a device with the pinned key accepts', async () => {
    const { bundles, keys } = lab();
    const detail = await bundles.create({ ...input, latencyBudgetMs: 25 });
    expect(bundleDetailSchema.parse(detail)).toEqual(detail);
    expect(bundles.get('digits')).toEqual(detail);
    const deploy = await bundles.loadForDeploy('digits:1');
    const verified = verifyRelease({ ...deploy, trustedKeys: keys.trustedKeys() });
    expect(verified.release).toEqual(deploy.release);
    expect(verified.blobs.map((blob) => blob.digest)).toEqual(deploy.blobs.map((blob) => blob.digest));
    expect(verified.manifest.artifactType).toBe('application/vnd.cncf.model.manifest.v1+json');
    expect(verified.manifest.layers.map((layer) => layer.mediaType)).toEqual([
      MEDIA_TYPES.release,
      MEDIA_TYPES.golden,
      MEDIA_TYPES.weight,
    ]);
    expect(verified.manifest.layers[2]?.annotations).toEqual({ 'org.cncf.model.filepath': 'digits-tabular.onnx' });
    expect(deploy.release).toMatchObject({
      requirements: { architectures: ['arm64', 'x64'], runtime: { name: 'onnxruntime', minVersion: '1.20.0' } },
      golden: { tolerance: { absolute: 1e-3, relative: 1e-3 } },
      budget: { latencyP95Ms: 25 },
      probation: { durationMs: 10_000, tries: 3 },
    });
    expect(deploy.release.golden.cases).toHaveLength(4);
    for (const blob of deploy.blobs) expect(readFileSync(blob.path)).toHaveLength(blob.sizeBytes);
  });

  it('writes the model configuration as the ModelPack schema wants it', async () => {
    const { bundles, blobs } = lab();
    const detail = await bundles.create(input);
    const find = (type: string) => detail.blobs.find((blob) => blob.mediaType === type)?.digest ?? '';
    const config: unknown = JSON.parse(readFileSync(blobs.path(find(MEDIA_TYPES.config)), 'utf8'));
    expect(config).toEqual({
      descriptor: { name: 'digits-tabular', version: '1' },
      config: { format: 'onnx', paramSize: '17.3K', precision: 'fp32' },
      modelfs: { type: 'layers', diffIds: [MEDIA_TYPES.release, MEDIA_TYPES.golden, MEDIA_TYPES.weight].map(find) },
    });
  });

  it('gives the same bytes, signature included, in another data folder with the same key', async () => {
    const one = lab();
    const two = lab({ keyOf: one });
    for (const { bundles, file } of [one, two]) {
      await bundles.create(input);
      await bundles.export('digits', file('a.tar'));
    }
    expect(two.bundles.get('digits').digest).toBe(one.bundles.get('digits').digest);
    expect(readFileSync(two.file('a.tar')).equals(readFileSync(one.file('a.tar')))).toBe(true);
  });

  it('returns the same bundle again, and refuses other content under a version that exists', async () => {
    const { bundles } = lab();
    const first = await bundles.create(input);
    expect(await bundles.create(input)).toEqual(first);
    await expect(bundles.create({ ...input, toleranceAbsolute: 0.5 })).rejects.toEqual(code('ALREADY_EXISTS'));
    await expect(bundles.create({ ...input, modelRef: 'digits-tabular', latencyBudgetMs: 1 })).rejects.toThrow(
      /lineside bundle remove digits:1/,
    );
    expect(bundles.list()).toHaveLength(1);
    expect(bundles.get('digits:1')).toEqual(first);
  });

  it('adds the signature of a second key to the same content', async () => {
    const { bundles, keys } = lab();
    const { keyId } = keys.init({ name: 'second' });
    const first = await bundles.create(input);
    const both = await bundles.create({ ...input, keyName: 'second' });
    expect(both.digest).toBe(first.digest);
    expect(both.signedBy).toEqual([...first.signedBy, keyId]);
    expect((await bundles.loadForDeploy('digits')).signatures).toHaveLength(2);
    expect((await bundles.verify('digits')).signedBy.every((one) => one.isTrusted)).toBe(true);
  });

  it('leaves nothing behind when it fails', async () => {
    const made = lab();
    await made.bundles.create(input);
    const before = blobFiles(made);
    await expect(made.bundles.create({ ...input, latencyBudgetMs: 1 })).rejects.toEqual(code('ALREADY_EXISTS'));
    const stopped = AbortSignal.abort();
    await expect(made.bundles.create({ ...input, version: '2' }, stopped)).rejects.toEqual(code('CANCELLED'));
    expect(blobFiles(made)).toEqual(before);
    expect(made.bundles.list()).toHaveLength(1);
  });

  it.each([
    ['a wrong name', { name: 'Digits!' }, 'NAME_INVALID'],
    ['a wrong version', { version: '' }, 'NAME_INVALID'],
    ['an unknown key', { keyName: 'nobody' }, 'KEY_NOT_FOUND'],
    ['a golden file that is not there', { goldenPath: '/nonexistent.npz' }, 'FILE_NOT_FOUND'],
    [
      'golden vectors of another model',
      { goldenPath: `${MODELS}digits-mobilenet-v2.golden.npz` },
      'GOLDEN_FILE_INVALID',
    ],
    ['a negative tolerance', { toleranceRelative: -1 }, 'INPUT_INVALID'],
    ['a budget of nothing', { latencyBudgetMs: 0 }, 'INPUT_INVALID'],
    ['an endless probation', { probationS: Number.POSITIVE_INFINITY }, 'INPUT_INVALID'],
    ['an unknown architecture', { architectures: ['mips'] }, 'INPUT_INVALID'],
    ['no architecture', { architectures: [] }, 'INPUT_INVALID'],
  ])('refuses %s', async (_, change, expected) => {
    const { bundles } = lab();
    await expect(bundles.create({ ...input, ...change })).rejects.toEqual(code(expected));
    expect(bundles.list()).toEqual([]);
  });

  it('says how to make a key when there is none', async () => {
    await expect(lab({ hasKey: false }).bundles.create(input)).rejects.toThrow(/lineside keys init/);
  });

  it('gives an output of unknown rank the one that its golden vectors have', async () => {
    const { bundles } = lab({ detail: { outputs: [{ name: 'logits', type: 'float32', shape: null }] } });
    expect((await bundles.create(input)).release.model.outputs[0]?.shape).toEqual(['?0', '?1']);
  });

  it('asks for the runtime that it was built with where the operator set is newer than the oldest one knows', async () => {
    const { bundles } = lab({ detail: { opsets: [{ domain: '', version: 23 }] } });
    expect((await bundles.create(input)).release.requirements.runtime.minVersion).toBe(ONNXRUNTIME_VERSION);
  });

  it('gives float16 outputs a wider tolerance, and takes the one that is asked for', async () => {
    const goldenPath = join(mkdtempSync(join(tmpdir(), 'lineside-half-')), 'half.npz');
    try {
      const half = npy('<f2', [1, 10], new Uint16Array(10));
      writeFileSync(goldenPath, npz({ input: npy('<f4', [1, 64], new Float32Array(64)), logits: half }, 'stored'));
      const { bundles } = lab({ detail: { outputs: [{ name: 'logits', type: 'float16', shape: ['batch', 10] }] } });
      const wide = await bundles.create({ ...input, goldenPath });
      expect(wide.release.golden.tolerance).toEqual({ absolute: 1e-2, relative: 1e-2 });
      const strict = await bundles.create({
        ...input,
        goldenPath,
        version: '2',
        toleranceAbsolute: 0,
        toleranceRelative: 0.5,
      });
      expect(strict.release.golden.tolerance).toEqual({ absolute: 0, relative: 0.5 });
    } finally {
      rmSync(dirname(goldenPath), { recursive: true, force: true });
    }
  });
});

describe('list, get, remove', () => {
  it('finds by name, version and digest, the newest first', async () => {
    const { bundles } = lab();
    const one = await bundles.create(input);
    const two = await bundles.create({ ...input, version: '2' });
    expect(bundles.list().map((bundle) => bundle.version)).toEqual(['2', '1']);
    expect(bundles.get('digits').version).toBe('2');
    expect(bundles.get('digits:1')).toEqual(one);
    expect(bundles.get(two.digest)).toEqual(two);
    expect(() => bundles.get('other')).toThrow(code('NOT_FOUND'));
    expect(() => bundles.get('digits:3')).toThrow(code('NOT_FOUND'));
    expect(() => bundles.get('sha256:1')).toThrow(code('NOT_FOUND'));
    expect(() => bundles.get('NO')).toThrow(code('NAME_INVALID'));
  });

  it('frees what no other bundle or model needs', async () => {
    const made = lab();
    await made.bundles.create(input);
    const shared = blobFiles(made);
    const { digest } = await made.bundles.create({ ...input, version: '2' });
    const { removed, freedBytes } = await made.bundles.remove('digits:2');
    expect(removed).toBe('digits:2');
    expect(freedBytes).toBeGreaterThan(0);
    expect(blobFiles(made)).toEqual(shared);
    await expect(made.bundles.remove(digest)).rejects.toEqual(code('NOT_FOUND'));
    await made.bundles.remove('digits');
    expect(blobFiles(made)).toEqual([]);
  });

  it('refuses to remove a bundle that is being rolled out', async () => {
    const { bundles, db } = lab();
    const { name, version, digest } = await bundles.create(input);
    const put = (id: string, state: string, pid: number) =>
      db.run(
        'INSERT INTO rollout (id, started_at_ms, owner_pid, rollout) VALUES (?, 0, ?, ?)',
        id,
        pid,
        JSON.stringify({ id, state, bundle: { name, version, digest } }),
      );
    put('ended', 'done', process.pid);
    // No process has this id: it is above the largest that Linux gives out.
    put('orphan', 'rolling', 2 ** 22 + 1);
    put('live', 'rolling', process.pid);
    await expect(bundles.remove('digits')).rejects.toEqual(code('IN_USE'));
    db.run("DELETE FROM rollout WHERE id = 'live'");
    expect((await bundles.remove('digits')).removed).toBe('digits:1');
  });
});

describe('verify', () => {
  it('reports every blob checked and who signed', async () => {
    const { bundles, keys } = lab();
    const detail = await bundles.create(input);
    expect(await bundles.verify('digits')).toEqual({
      name: 'digits',
      version: '1',
      digest: detail.digest,
      signedBy: [{ keyId: keys.list()[0]?.keyId, name: 'default', isTrusted: true }],
      blobsChecked: detail.blobs.length,
      bytesChecked: detail.sizeBytes,
    });
  });

  it('refuses a blob that was changed or is gone, for deploying and exporting too', async () => {
    for (const spoil of ['change', 'remove'] as const) {
      const { bundles, blobs, file } = lab();
      const detail = await bundles.create(input);
      const digest = detail.release.model.files[0]?.digest ?? '';
      const path = blobs.path(digest);
      const bytes = readFileSync(path);
      await blobs.remove(digest);
      if (spoil === 'change') {
        bytes[100] = (bytes[100] ?? 0) ^ 1;
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, bytes);
      } else {
        await expect(bundles.loadForDeploy('digits')).rejects.toEqual(code('BUNDLE_DIGEST_MISMATCH'));
      }
      await expect(bundles.verify('digits')).rejects.toEqual(code('BUNDLE_DIGEST_MISMATCH'));
      await expect(bundles.export('digits', file('a.tar'))).rejects.toEqual(code('BUNDLE_DIGEST_MISMATCH'));
      expect(existsSync(file('a.tar'))).toBe(false);
    }
  });

  it('refuses a bundle whose only signer is no longer trusted, naming the key', async () => {
    const { bundles, db } = lab();
    const { signedBy } = await bundles.create(input);
    db.run('DELETE FROM signing_key');
    const untrusted = expect.objectContaining({
      code: 'BUNDLE_KEY_UNTRUSTED',
      message: expect.stringContaining(signedBy[0] ?? '?') as string,
    });
    await expect(bundles.verify('digits')).rejects.toEqual(untrusted);
    await expect(bundles.loadForDeploy('digits')).rejects.toEqual(untrusted);
  });

  it('reports a further signature that cannot be checked here as not trusted', async () => {
    const { bundles, keys, db } = lab();
    keys.init({ name: 'second' });
    await bundles.create(input);
    const { signedBy } = await bundles.create({ ...input, keyName: 'second' });
    db.run("DELETE FROM signing_key WHERE name = 'second'");
    expect((await bundles.verify('digits')).signedBy).toEqual([
      { keyId: signedBy[0], name: 'default', isTrusted: true },
      { keyId: signedBy[1], name: null, isTrusted: false },
    ]);
  });
});
