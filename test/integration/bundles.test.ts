import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runGoldenCases } from '../../devices/runtime/golden.ts';
import { createNativeSession, loadOrt } from '../../devices/runtime/native-session.ts';
import { createModelRunner } from '../../electron/backend/bench/model-runner.ts';
import { createBlobStore } from '../../electron/backend/blob-store.ts';
import { createBundleService, type DeployBundle } from '../../electron/backend/bundles/bundle-service.ts';
import { openDatabase } from '../../electron/backend/database.ts';
import { createKeyService } from '../../electron/backend/keys/key-service.ts';
import { createModelService } from '../../electron/backend/models/model-service.ts';

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const fixture = (name: string) => file(`test/fixtures/models/${name}`);
const sample = (name: string) => file(`electron/samples/${name}`);
const code = (name: string) => expect.objectContaining({ code: name });

/** The services of one laptop, on real parts. */
function createLaptop() {
  const dataDir = mkdtempSync(join(tmpdir(), 'lineside-laptop-'));
  const db = openDatabase(dataDir);
  const blobs = createBlobStore(dataDir);
  const benchRunner = { command: process.execPath, args: [file('electron/hosts/bench-runner.ts')] };
  const runner = createModelRunner({ sidecars: { benchRunner } });
  const models = createModelService({ ports: { dataDir }, db, blobs, runner });
  const keys = createKeyService({ db, dataDir });
  const bundles = createBundleService({ db, blobs, models, keys, runModel: runner.runModel });
  const close = () => {
    db.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { dataDir, models, keys, bundles, close };
}

/** The golden check as a device makes it, with the model file that the bundle brings. */
function checkGolden({ release, blobs }: DeployBundle) {
  const path = (digest: string | undefined) => blobs.find((blob) => blob.digest === digest)?.path ?? '';
  const session = createNativeSession(path(release.model.files[0]?.digest), { intraOpNumThreads: 2 });
  try {
    return runGoldenCases(session, release.golden, readFileSync(path(release.golden.blob.digest)));
  } finally {
    session.dispose();
  }
}

describe('bundles of real models', () => {
  let one: ReturnType<typeof createLaptop>;
  let two: ReturnType<typeof createLaptop>;

  beforeAll(async () => {
    loadOrt();
    one = createLaptop();
    two = createLaptop();
    one.keys.init({});
    for (const { models } of [one, two]) {
      await models.import({ path: sample('digits-mobilenet.onnx'), name: 'mobilenet' });
      await models.import({ path: fixture('digits-tabular.onnx'), name: 'tabular' });
    }
  });
  afterAll(() => {
    one.close();
    two.close();
  });

  it('takes golden vectors from the model itself, and the model meets them', async () => {
    await one.bundles.create({ modelRef: 'tabular', name: 'tabular', version: '1', goldenCases: 3 });
    const deploy = await one.bundles.loadForDeploy('tabular');
    expect(deploy.release.golden.cases).toHaveLength(3);
    expect(deploy.release.model.inputs).toMatchObject([{ name: 'input', type: 'float32' }]);
    expect(checkGolden(deploy)).toMatchObject({ cases: 3, mismatches: 0 });
  });

  it('takes the outputs that another runtime gave, which the model meets and a damaged one does not', async () => {
    const goldenPath = sample('digits-mobilenet.golden.npz');
    await one.bundles.create({ modelRef: 'mobilenet', name: 'digits', version: '1', goldenPath });
    const good = checkGolden(await one.bundles.loadForDeploy('digits:1'));
    expect(good).toMatchObject({ cases: 4, mismatches: 0 });
    expect(good.maxAbsoluteError).toBeLessThan(1e-4);
    await one.models.import({ path: fixture('digits-mobilenet-bad.onnx'), name: 'bad' });
    await one.bundles.create({ modelRef: 'bad', name: 'digits', version: '2', goldenPath });
    expect(checkGolden(await one.bundles.loadForDeploy('digits:2')).mismatches).toBeGreaterThan(0);
  });

  it('builds the same bytes from the same model on another laptop with the same key', async () => {
    mkdirSync(join(two.dataDir, 'keys'), { mode: 0o700 });
    await copyFile(join(one.dataDir, 'keys/default.pem'), join(two.dataDir, 'keys/default.pem'));
    two.keys.init({});
    const archives: Buffer[] = [];
    for (const { bundles, dataDir } of [one, two]) {
      await bundles.create({ modelRef: 'tabular', name: 'same', version: '1', latencyBudgetMs: 5 });
      const { path } = await bundles.export('same', join(dataDir, 'same.tar'));
      archives.push(readFileSync(path));
    }
    expect(archives[0]?.equals(archives[1] ?? Buffer.alloc(0))).toBe(true);
  });

  it('imports into a laptop that trusts the key and has no model, ready to deploy', async () => {
    const three = createLaptop();
    try {
      mkdirSync(three.keys.trustedDirectory, { recursive: true });
      writeFileSync(join(three.keys.trustedDirectory, 'one.pem'), one.keys.list()[0]?.publicKeyPem ?? '');
      const { path } = await one.bundles.export('digits:1', join(one.dataDir, 'digits.tar'));
      await three.bundles.import(path);
      const [mine, theirs] = await Promise.all([one, three].map(({ bundles }) => bundles.loadForDeploy('digits:1')));
      const content = (deploy: DeployBundle | undefined) => ({
        ...deploy,
        blobs: deploy?.blobs.map((blob) => readFileSync(blob.path).toString('base64')),
      });
      expect(content(theirs)).toEqual(content(mine));
      expect(theirs && checkGolden(theirs)).toMatchObject({ mismatches: 0 });
    } finally {
      three.close();
    }
  });

  it('keeps a model as long as a bundle needs it, and frees both in the end', async () => {
    await two.bundles.create({ modelRef: 'mobilenet', name: 'kept', version: '1', goldenCases: 1 });
    await expect(two.models.remove('mobilenet')).rejects.toEqual(code('IN_USE'));
    expect((await two.bundles.remove('kept')).freedBytes).toBeLessThan(100_000);
    expect((await two.models.remove('mobilenet')).freedBytes).toBeGreaterThan(2_000_000);
  });

  it('refuses an unknown model, and stops when cancelled, leaving no bundle', async () => {
    const input = { modelRef: 'tabular', name: 'never', version: '1' };
    await expect(one.bundles.create({ ...input, modelRef: 'nothing' })).rejects.toEqual(code('NOT_FOUND'));
    const cut = new AbortController();
    const running = one.bundles.create(input, cut.signal);
    setTimeout(() => cut.abort(), 20);
    await expect(running).rejects.toEqual(code('CANCELLED'));
    expect(() => one.bundles.get('never')).toThrow(code('NOT_FOUND'));
  });
});
