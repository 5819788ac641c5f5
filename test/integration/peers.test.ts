// Bundles between Lineside and programs that nobody here wrote: skopeo, a ModelPack client, and OpenSSF's model_signing.
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { ImportInput } from '../../electron/backend/models/import-model.ts';
import { pullModelFromRegistry } from '../../electron/backend/registry/registry-service.ts';
import type { BundleDetail } from '../../shared/contract/bundles.ts';
import { type BundleLab, createBundleLab, MODELS } from '../helpers/bundle-lab.ts';
import { type DockerRegistry, startDockerRegistry } from '../helpers/docker-registry.ts';
import { lastOf } from '../helpers/last-of.ts';
import { type PythonPeers, providePythonPeers } from '../helpers/python-peers.ts';
import { findDockerRegistry, findSkopeo } from '../house/vehicles.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const registryProgram = findDockerRegistry();
const skopeoProgram = findSkopeo();
const obstacle = [registryProgram, skopeoProgram].flatMap((one) => ('missing' in one ? [one.missing] : [])).join('; ');

let registry: DockerRegistry;
let peers: PythonPeers;
let lab: BundleLab;
let other: BundleLab;
let detail: BundleDetail;

beforeAll(async () => {
  peers = providePythonPeers();
  lab = createBundleLab();
  other = createBundleLab({ hasKey: false });
  mkdirSync(other.keys.trustedDirectory, { recursive: true });
  writeFileSync(join(other.keys.trustedDirectory, 'lab.pem'), lab.keys.list()[0]?.publicKeyPem ?? '');
  const goldenPath = `${MODELS}digits-tabular.golden.npz`;
  writeFileSync(lab.file('bench.json'), '{"p95Ms":1}');
  const evidencePaths = [lab.file('bench.json')];
  detail = await lab.bundles.create({
    modelRef: 'digits-tabular',
    name: 'digits',
    version: '1',
    goldenPath,
    evidencePaths,
  });
});
afterAll(() => {
  peers.close();
  lab.close();
  other.close();
});

/** Runs a Python program; gives what it printed. Skips the test where there is none. */
function python(context: TestContext, program: string, ...args: string[]): string {
  context.skip(peers.bin === null, peers.missing);
  return execFileSync(join(peers.bin ?? '', program), args, { encoding: 'utf8', stdio: 'pipe' });
}

const files = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

describe.skipIf(obstacle !== '')('a registry, skopeo and a ModelPack client', () => {
  const skopeo = (...args: string[]) =>
    execFileSync('path' in skopeoProgram ? skopeoProgram.path : '', args, { stdio: 'pipe' });
  const bytesOf = (bundle: BundleDetail, digest: string) => {
    expect(bundle.blobs.map((blob) => blob.digest)).toContain(digest);
    return readFileSync(lab.blobs.path(digest));
  };

  beforeAll(async () => {
    registry = await startDockerRegistry('path' in registryProgram ? registryProgram.path : '');
    await lastOf(lab.bundles.push({ ref: 'digits', reference: `oci://${registry.host}/plant/digits:1` }));
  });
  afterAll(() => registry.close());

  it('skopeo reads the layout that was exported, and the registry', async () => {
    const { path } = await lab.bundles.export('digits', lab.file('digits.tar'));
    const manifest = bytesOf(detail, detail.digest);
    expect(skopeo('inspect', '--raw', `oci-archive:${path}:1`)).toEqual(manifest);
    const remote = `docker://${registry.host}/plant/digits:1`;
    expect(skopeo('inspect', '--raw', '--tls-verify=false', remote)).toEqual(manifest);
  });

  it('skopeo copies bundle and signatures to another registry path, from which another laptop pulls the same bytes', async () => {
    const [from, to] = [`docker://${registry.host}/plant/digits`, `docker://${registry.host}/copied/digits`];
    const copy = (tag: string, ...more: string[]) =>
      skopeo(
        ...['copy', ...more, '--src-tls-verify=false', '--dest-tls-verify=false'],
        ...[`${from}:${tag}`, `${to}:${tag}`],
      );
    copy('1', '--preserve-digests');
    await expect(lastOf(other.bundles.pull({ reference: `oci://${registry.host}/copied/digits:1` }))).rejects.toEqual(
      code('BUNDLE_SIGNATURE_INVALID'),
    );
    copy(detail.digest.replace(':', '-'), '--all');
    const pulled = await lastOf(other.bundles.pull({ reference: `oci://${registry.host}/copied/digits:1` }));
    expect(pulled.digest).toBe(detail.digest);
    const [mine, theirs] = await Promise.all(
      [lab, other].map(({ bundles, file }) => bundles.export('digits', file('copied.tar'))),
    );
    expect(readFileSync(theirs?.path ?? '').equals(readFileSync(mine?.path ?? ''))).toBe(true);
    await other.bundles.remove('digits');
  });

  it('skopeo copies the registry into a layout, byte by byte', () => {
    const folder = lab.file('copy');
    skopeo(
      'copy',
      '--preserve-digests',
      '--src-tls-verify=false',
      `docker://${registry.host}/plant/digits:1`,
      `oci:${folder}:1`,
    );
    const names = readdirSync(join(folder, 'blobs/sha256'));
    for (const name of names)
      expect(readFileSync(join(folder, 'blobs/sha256', name))).toEqual(bytesOf(detail, `sha256:${name}`));
    // The manifest, its config, and a layer each for release, golden vectors, model and evidence.
    expect(names).toHaveLength(6);
  });

  it('modelpack pulls our bundle, and model_signing verifies what it pulled', async (context) => {
    const folder = lab.file('pulled');
    python(context, 'modelpack', '--insecure', 'pull', `${registry.host}/plant/digits:1`, folder);
    expect(files(folder)).toEqual([
      'digits-tabular.onnx',
      'lineside/attached/evidence/bench.json',
      'lineside/golden.bin',
      'lineside/release.json',
    ]);
    expect(readFileSync(join(folder, 'digits-tabular.onnx'))).toEqual(readFileSync(`${MODELS}digits-tabular.onnx`));
    const exported = await lab.bundles.exportFiles('digits', lab.file('exported'));
    verifyWithTool(context, folder, exported.signaturePath ?? '');
  });

  it('takes what modelpack pushed as a model, and says that it is no bundle', async (context) => {
    const config = lab.file('config.json');
    writeFileSync(config, JSON.stringify({ descriptor: { name: 'foreign' }, config: { format: 'onnx' }, modelfs: {} }));
    writeFileSync(lab.file('README.md'), 'A model.');
    const name = `${registry.host}/foreign/model:2`;
    const doc = `${lab.file('README.md')}:application/vnd.cncf.model.doc.v1.raw`;
    python(
      context,
      'modelpack',
      ...['--insecure', 'push', name, '--config', config, '--layer', `${MODELS}digits-tabular.onnx`, '--layer', doc],
    );
    const reference = `oci://${name}`;
    await expect(lastOf(lab.bundles.pull({ reference }))).rejects.toMatchObject({
      code: 'BUNDLE_MALFORMED',
      message: expect.stringContaining('--as-model'),
    });
    const imported: { input: ImportInput; bytes: Buffer }[] = [];
    const models = {
      import: async (input: ImportInput) => {
        imported.push({ input, bytes: readFileSync(input.path) });
        return { name: input.name } as never;
      },
    };
    const stop = new AbortController().signal;
    const input = { reference, name: 'foreign', version: '2' };
    await pullModelFromRegistry(input, { models, dataDir: lab.dataDir }, () => undefined, stop);
    expect(imported).toMatchObject([{ input: { name: 'foreign', version: '2' } }]);
    expect(imported[0]?.bytes).toEqual(readFileSync(`${MODELS}digits-tabular.onnx`));
    expect(readdirSync(join(lab.dataDir, 'pulled'))).toEqual([]);
  });
});

function verifyWithTool(context: TestContext, folder: string, signature: string): void {
  const key = lab.file('key.pub');
  writeFileSync(key, lab.keys.list()[0]?.publicKeyPem ?? '');
  python(context, 'model_signing', 'verify', 'key', folder, '--signature', signature, '--public_key', key);
}

describe('OpenSSF model_signing', () => {
  it('verifies the files of a bundle by our signature, and refuses changed ones', async (context) => {
    const { path, signaturePath } = await lab.bundles.exportFiles('digits', lab.file('files'));
    expect(signaturePath).toBe(join(path, 'model.sig'));
    verifyWithTool(context, path, signaturePath ?? '');
    expect(await lab.bundles.verifyFiles({ path, signaturePath: signaturePath ?? '' })).toMatchObject({
      model: 'digits-1',
      files: 4,
      signedBy: { name: 'default' },
    });
    appendFileSync(join(path, 'digits-tabular.onnx'), ' ');
    expect(() => verifyWithTool(context, path, signaturePath ?? '')).toThrow(/Hash mismatch/);
  });

  it.for(['prime256v1', 'secp384r1', 'secp521r1'])(
    'makes signatures with a key on %s that we verify',
    async (namedCurve, context) => {
      const folder = lab.file(`signed-${namedCurve}`);
      mkdirSync(join(folder, 'weights'), { recursive: true });
      copyFileSync(`${MODELS}digits-tabular.onnx`, join(folder, 'model.onnx'));
      writeFileSync(join(folder, 'weights/w.bin'), 'weights');
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
      const [publicKeyPath, signaturePath] = [`${folder}.pub`, join(folder, 'model.sig')];
      writeFileSync(publicKeyPath, publicKey.export({ type: 'spki', format: 'pem' }));
      writeFileSync(`${folder}.key`, privateKey.export({ type: 'pkcs8', format: 'pem' }));
      python(
        context,
        'model_signing',
        'sign',
        'key',
        folder,
        '--signature',
        signaturePath,
        '--private_key',
        `${folder}.key`,
      );

      const input = { path: folder, signaturePath, publicKeyPath };
      expect(await lab.bundles.verifyFiles(input)).toMatchObject({ files: 2, signedBy: { name: publicKeyPath } });
      await expect(lab.bundles.verifyFiles({ path: folder, signaturePath })).rejects.toEqual(
        code('BUNDLE_KEY_UNTRUSTED'),
      );
      writeFileSync(join(folder, 'extra'), '');
      await expect(lab.bundles.verifyFiles(input)).rejects.toEqual(code('BUNDLE_SIGNATURE_INVALID'));
      rmSync(join(folder, 'extra'));
      appendFileSync(join(folder, 'weights/w.bin'), ' ');
      await expect(lab.bundles.verifyFiles(input)).rejects.toEqual(code('BUNDLE_SIGNATURE_INVALID'));
      rmSync(join(folder, 'weights/w.bin'));
      await expect(lab.bundles.verifyFiles(input)).rejects.toEqual(code('BUNDLE_SIGNATURE_INVALID'));
    },
  );
});
