import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReleaseEngineOptions } from '../../devices/agent/release/release-engine.ts';
import { sha256Digest } from '../../devices/trust/bundle-manifest.ts';
import { releaseId } from '../../shared/domain/release.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import type { FileInferenceHost } from '../helpers/file-inference-host.ts';
import {
  beginRequest,
  bundleOf,
  createTestDevice,
  deploy,
  readJsonFile,
  type StartedEngine,
  sendObjects,
  type TestDevice,
} from '../helpers/release-device.ts';
import { createTestKey, type TestBundle } from '../helpers/signed-bundle.ts';

const key = createTestKey();
const code = (name: string) => expect.objectContaining({ code: name });
const ignore = (): void => undefined;
const idOf = (bundle: TestBundle): string =>
  releaseId(bundle.release.name, bundle.release.version, bundle.manifestDigest);
const servedBy = (host: FileInferenceHost): string | null => host.current()?.installed.releaseId ?? null;

let device: TestDevice;
const started: StartedEngine[] = [];

async function start(options?: Partial<ReleaseEngineOptions>): Promise<StartedEngine> {
  const one = await device.start(options);
  started.push(one);
  return one;
}

beforeEach(async () => {
  device = await createTestDevice(key);
});

afterEach(async () => {
  for (const { engine } of started.splice(0)) await engine.close();
  await device.remove();
});

const v1 = bundleOf(key, { id: 'v1' }, { version: '1' });
const v2 = bundleOf(key, { id: 'v2' }, { version: '2' });
const v3 = bundleOf(key, { id: 'v3' }, { version: '3' });

describe('a first install', () => {
  it('serves the release, keeps a receipt, and says what it did on the way', async () => {
    const { engine, host } = await start();
    expect(engine.status()).toMatchObject({ phase: 'idle', serving: null, previous: null, lastOutcome: null });
    const events = await deploy(engine, v1, 'txn-first-1');
    const phases = events.flatMap((event) => (event.type === 'phase' ? [event.phase] : []));
    expect(phases).toEqual(['receiving', 'staged', 'warming', 'armed', 'switching', 'probation', 'committing']);
    expect(events.some((event) => event.type === 'golden')).toBe(true);
    expect(events.at(-1)).toEqual({ type: 'done', result: 'committed', releaseId: idOf(v1) });
    expect(servedBy(host)).toBe(idOf(v1));
    expect(await device.current()).toBe(idOf(v1));
    expect(engine.status()).toMatchObject({ phase: 'idle', txn: null, serving: { name: 'digits', version: '1' } });
    expect(await readJsonFile(join(device.root, 'outcome', 'txn-first-1.json'))).toMatchObject({ result: 'committed' });
    expect(await readdir(join(device.root, 'incoming'))).toEqual([]);
    expect((await stat(join(device.root, 'current', 'model', 'model.onnx'))).mode & 0o777).toBe(0o444);
  });

  it('serves it again after the agent restarted', async () => {
    const first = await start();
    await deploy(first.engine, v1, 'txn-first-1');
    await first.engine.close();
    const second = await start();
    expect(servedBy(second.host)).toBe(idOf(v1));
    expect(second.engine.status()).toMatchObject({
      phase: 'idle',
      lastOutcome: { txn: 'txn-first-1', result: 'committed' },
    });
  });

  it('leaves nothing behind when it fails its golden check', async () => {
    const { engine, host } = await start();
    const bad = bundleOf(key, { mismatches: 3 });
    await expect(deploy(engine, bad, 'txn-first-1')).rejects.toEqual(code('GOLDEN_MISMATCH'));
    expect(host.routed).toEqual([]);
    expect(host.running.size).toBe(0);
    expect(await readdir(join(device.root, 'releases'))).toEqual([]);
    expect(await device.current()).toBeNull();
  });
});

describe('an update', () => {
  it('asks only for objects that the device lacks', async () => {
    const { engine } = await start();
    await deploy(engine, v1, 'txn-first-1');
    const begun = await engine.begin(beginRequest(v2, 'txn-second-2'));
    const shared = sha256Digest(Buffer.from('shared by all bundles of a test'));
    expect(begun.missing.map((blob) => blob.digest)).not.toContain(shared);
    // The document, the config and the model file differ; shared data and golden blob do not.
    expect(begun.missing).toHaveLength(3);
  });

  it('switches without a moment in which nothing serves, and keeps the previous release', async () => {
    const { engine, host } = await start();
    await deploy(engine, v1, 'txn-first-1');
    await deploy(engine, v2, 'txn-second-2');
    expect(host.routed).toEqual([idOf(v1), idOf(v2)]);
    expect(engine.status()).toMatchObject({ serving: { version: '2' }, previous: { version: '1' } });
    expect([...host.running].map((worker) => worker.installed.releaseId)).toEqual([idOf(v2)]);
    expect((await readdir(join(device.root, 'releases'))).sort()).toEqual([idOf(v1), idOf(v2)].sort());
  });

  it('removes what neither the current nor the previous release needs', async () => {
    const { engine } = await start();
    for (const [index, bundle] of [v1, v2, v3].entries()) await deploy(engine, bundle, `txn-number-${index}`);
    expect((await readdir(join(device.root, 'releases'))).sort()).toEqual([idOf(v2), idOf(v3)].sort());
    expect((await readdir(join(device.root, 'state', 'committed'))).sort()).toEqual([idOf(v2), idOf(v3)].sort());
    const modelOfV1 = v1.release.model.files[0]?.digest.slice(7) ?? '';
    await expect(stat(join(device.root, 'objects', 'sha256', modelOfV1.slice(0, 2), modelOfV1))).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('has nothing to do for the release that is committed', async () => {
    const { engine } = await start();
    await deploy(engine, v1, 'txn-first-1');
    expect(await engine.begin(beginRequest(v1, 'txn-again-22'))).toMatchObject({ isCommitted: true, missing: [] });
    expect(engine.status().phase).toBe('idle');
  });
});

describe('a candidate that fails', () => {
  it.each([
    ['other outputs', { mismatches: 1 }, 'GOLDEN_MISMATCH'],
    ['a model that does not load', { loads: false }, 'MODEL_LOAD_FAILED'],
    ['too high a latency', { latencyP95Ms: 50 }, 'LATENCY_BUDGET_EXCEEDED'],
  ])('is never the route: %s', async (_name, behaviour, expected) => {
    const { engine, host } = await start();
    await deploy(engine, v1, 'txn-first-1');
    const bad = bundleOf(key, behaviour, { version: '2', latencyP95Ms: 10 });
    await expect(deploy(engine, bad, 'txn-second-2')).rejects.toEqual(code(expected));
    expect(host.routed).toEqual([idOf(v1)]);
    expect(servedBy(host)).toBe(idOf(v1));
    expect([...host.running].map((worker) => worker.installed.releaseId)).toEqual([idOf(v1)]);
    expect(engine.status()).toMatchObject({
      phase: 'idle',
      lastOutcome: { result: 'failed', error: { code: expected } },
    });
    expect(await device.current()).toBe(idOf(v1));
  });

  it('is refused when it comes again if it would fail again, and only then', async () => {
    const { engine } = await start();
    const wrong = bundleOf(key, { mismatches: 1 });
    await expect(deploy(engine, wrong, 'txn-first-1')).rejects.toEqual(code('GOLDEN_MISMATCH'));
    await expect(engine.begin(beginRequest(wrong, 'txn-second-2'))).rejects.toEqual(code('RELEASE_REFUSED'));
    const slow = bundleOf(key, { latencyP95Ms: 50 }, { latencyP95Ms: 10 });
    await expect(deploy(engine, slow, 'txn-third-3')).rejects.toEqual(code('LATENCY_BUDGET_EXCEEDED'));
    await expect(engine.begin(beginRequest(slow, 'txn-fourth-4'))).resolves.toMatchObject({ isCommitted: false });
  });

  it.each([
    ['fails requests', { requestsTotal: 100, errorsTotal: 11 }, 'PROBATION_FAILED'],
    ['dies again and again', { dies: true }, 'PROBATION_FAILED'],
    ['gives other outputs at the end', { mismatchesFromRun: 2 }, 'GOLDEN_MISMATCH'],
  ])('is rolled back in its probation when it %s', async (_name, behaviour, expected) => {
    const { engine, host } = await start();
    await deploy(engine, v1, 'txn-first-1');
    const old = host.current();
    const bad = bundleOf(key, behaviour, { version: '2', probation: { durationMs: 200 } });
    await expect(deploy(engine, bad, 'txn-second-2')).rejects.toEqual(code(expected));
    expect(host.routed).toEqual([idOf(v1), idOf(bad), idOf(v1)]);
    // The old worker was kept, so going back took no start.
    expect(host.current()).toBe(old);
    expect(await device.current()).toBe(idOf(v1));
    expect(engine.status()).toMatchObject({
      phase: 'idle',
      serving: { version: '1' },
      previous: null,
      lastOutcome: { result: 'rolled-back', error: { code: expected } },
    });
  });

  it('leaves nothing serving when it was the first one', async () => {
    const { engine, host } = await start();
    await expect(deploy(engine, bundleOf(key, { mismatchesFromRun: 2 }), 'txn-first-1')).rejects.toEqual(
      code('GOLDEN_MISMATCH'),
    );
    expect(servedBy(host)).toBeNull();
    expect(await device.current()).toBeNull();
    expect(engine.status()).toMatchObject({ phase: 'idle', serving: null });
  });

  it('survives one death of its worker within its tries', async () => {
    const { engine, host } = await start();
    const bundle = bundleOf(key, { id: 'v1' }, { probation: { durationMs: 300, tries: 2 } });
    await sendObjects(engine, bundle, await engine.begin(beginRequest(bundle, 'txn-first-1')));
    await engine.prepare('txn-first-1', ignore);
    const activated = engine.activate('txn-first-1', (event) => {
      if (event.type === 'phase' && event.phase === 'probation') setTimeout(() => host.current()?.die(), 50);
    });
    await activated;
    expect(host.restarts()).toBe(1);
    expect(engine.status().lastOutcome).toMatchObject({ result: 'committed' });
  });
});

describe('uploads', () => {
  const big = bundleOf(key, { id: 'big' }, { shared: Buffer.alloc(3_000_000, 7) });
  const blob = big.release.model.files[1] ?? { digest: '', sizeBytes: 0 };
  const bytes = big.blobs.get(blob.digest) ?? Buffer.alloc(0);

  it('go on where they stopped, after a lost connection and after a restart of the agent', async () => {
    const first = await start();
    await first.engine.begin(beginRequest(big, 'txn-first-1'));
    const writer = await first.engine.openObject('txn-first-1', blob.digest, 0);
    await writer.write(bytes.subarray(0, 1_000_000));
    await writer.abort();
    const again = await first.engine.begin(beginRequest(big, 'txn-first-1'));
    expect(again.missing.find((one) => one.digest === blob.digest)?.offset).toBe(1_000_000);
    const second = await first.engine.openObject('txn-first-1', blob.digest, 1_000_000);
    await second.write(bytes.subarray(1_000_000, 2_500_000));
    await first.engine.close();

    const restarted = await start();
    expect(restarted.engine.status()).toMatchObject({ phase: 'receiving', txn: 'txn-first-1' });
    const begun = await restarted.engine.begin(beginRequest(big, 'txn-first-1'));
    expect(begun.missing.find((one) => one.digest === blob.digest)?.offset).toBe(2_500_000);
    await sendObjects(restarted.engine, big, begun, 65_536);
    await restarted.engine.prepare('txn-first-1', ignore);
    await restarted.engine.activate('txn-first-1', ignore);
    expect(servedBy(restarted.host)).toBe(idOf(big));
  });

  it('go on under a new id when the laptop lost its own', async () => {
    const { engine } = await start();
    await engine.begin(beginRequest(big, 'txn-first-1'));
    const writer = await engine.openObject('txn-first-1', blob.digest, 0);
    await writer.write(bytes.subarray(0, 1_500_000));
    await writer.abort();
    const begun = await engine.begin(beginRequest(big, 'txn-second-2'));
    expect(begun.missing.find((one) => one.digest === blob.digest)?.offset).toBe(1_500_000);
    expect(engine.status()).toMatchObject({ phase: 'receiving', txn: 'txn-second-2' });
    await expect(engine.openObject('txn-first-1', blob.digest, 0)).rejects.toEqual(code('NOT_FOUND'));
  });

  it('take over from a connection that is still half open', async () => {
    const { engine } = await start();
    await engine.begin(beginRequest(big, 'txn-first-1'));
    const stale = await engine.openObject('txn-first-1', blob.digest, 0);
    await stale.write(bytes.subarray(0, 1_200_000));
    const fresh = await engine.openObject('txn-first-1', blob.digest, 1_200_000);
    await expect(stale.write(bytes.subarray(0, 10))).rejects.toEqual(code('TRANSFER_INTERRUPTED'));
    await fresh.write(bytes.subarray(1_200_000));
    await expect(fresh.finish()).resolves.toMatchObject({ receivedBytes: 3_000_000 });
  });

  it('never take a byte beyond the length that the manifest names', async () => {
    const { engine } = await start();
    await engine.begin(beginRequest(big, 'txn-first-1'));
    const writer = await engine.openObject('txn-first-1', blob.digest, 0);
    await writer.write(bytes);
    await expect(writer.write(Buffer.from([0]))).rejects.toEqual(code('BUNDLE_DIGEST_MISMATCH'));
    expect((await readdir(join(device.root, 'incoming'))).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('remove an object that arrived damaged, and say so', async () => {
    const { engine } = await start();
    await engine.begin(beginRequest(big, 'txn-first-1'));
    const writer = await engine.openObject('txn-first-1', blob.digest, 0);
    await writer.write(Buffer.alloc(3_000_000, 8));
    await expect(writer.finish()).rejects.toEqual(code('BUNDLE_DIGEST_MISMATCH'));
    const begun = await engine.begin(beginRequest(big, 'txn-first-1'));
    expect(begun.missing.find((one) => one.digest === blob.digest)?.offset).toBe(0);
  });

  it('keep a part that ends early, and refuse one that begins late', async () => {
    const { engine } = await start();
    await engine.begin(beginRequest(big, 'txn-first-1'));
    const writer = await engine.openObject('txn-first-1', blob.digest, 0);
    await writer.write(bytes.subarray(0, 5));
    await expect(writer.finish()).rejects.toMatchObject({ code: 'TRANSFER_INTERRUPTED', details: { offset: 5 } });
    await expect(engine.openObject('txn-first-1', blob.digest, 6)).rejects.toMatchObject({ details: { offset: 5 } });
    await expect(engine.openObject('txn-first-1', sha256Digest(Buffer.from('other')), 0)).rejects.toEqual(
      code('NOT_FOUND'),
    );
  });

  it('are not prepared before all of it is there', async () => {
    const { engine } = await start();
    await engine.begin(beginRequest(big, 'txn-first-1'));
    await expect(engine.prepare('txn-first-1', ignore)).rejects.toEqual(code('TRANSFER_INTERRUPTED'));
    expect(engine.status().phase).toBe('receiving');
    await expect(deploy(engine, big, 'txn-first-1')).resolves.toBeDefined();
  });

  it('find an object that rotted on the disk, and take it anew', async () => {
    const { engine } = await start();
    await deploy(engine, v1, 'txn-first-1');
    await engine.close();
    const restarted = await start();
    const shared = v1.release.model.files[1]?.digest.slice(7) ?? '';
    const path = join(device.root, 'objects', 'sha256', shared.slice(0, 2), shared);
    const rotten = await readFile(path);
    rotten[0] = 0;
    await rm(path);
    await writeFile(path, rotten);
    const begun = await restarted.engine.begin(beginRequest(v2, 'txn-second-2'));
    await sendObjects(restarted.engine, v2, begun);
    await expect(restarted.engine.prepare('txn-second-2', ignore)).rejects.toEqual(code('BUNDLE_DIGEST_MISMATCH'));
    await deploy(restarted.engine, v2, 'txn-second-2');
    expect(servedBy(restarted.host)).toBe(idOf(v2));
  });
});

describe('who may deploy', () => {
  it('names the holder and until when to others, until the lease has run out', async () => {
    let nowMs = 0;
    const clock = { nowMs: () => 1_000_000 + nowMs, monotonicMs: () => nowMs, sleep: () => Promise.resolve() };
    const { engine } = await start({ clock, leaseMs: 60_000 });
    await engine.begin(beginRequest(v1, 'txn-first-1', 'anna@laptop'));
    await expect(engine.begin(beginRequest(v2, 'txn-second-2', 'bert@laptop'))).rejects.toMatchObject({
      code: 'DEVICE_BUSY',
      details: { holder: 'anna@laptop', untilMs: 1_060_000 },
    });
    await expect(engine.begin(beginRequest(v1, 'txn-second-2', 'bert@laptop'))).rejects.toEqual(code('DEVICE_BUSY'));
    nowMs = 60_001;
    await expect(engine.begin(beginRequest(v2, 'txn-second-2', 'bert@laptop'))).resolves.toMatchObject({
      isCommitted: false,
    });
    expect(engine.status()).toMatchObject({
      txn: 'txn-second-2',
      candidate: { version: '2' },
      lastOutcome: { txn: 'txn-first-1', result: 'aborted' },
    });
  });

  it('refuses one id for two bundles', async () => {
    const { engine } = await start();
    await engine.begin(beginRequest(v1, 'txn-first-1'));
    await expect(engine.begin(beginRequest(v2, 'txn-first-1'))).rejects.toEqual(code('INPUT_INVALID'));
  });

  it('lets only one of two that begin at once have the device', async () => {
    const { engine } = await start();
    const results = await Promise.allSettled([
      engine.begin(beginRequest(v1, 'txn-first-1', 'anna')),
      engine.begin(beginRequest(v2, 'txn-second-2', 'bert')),
    ]);
    expect(results.map((one) => one.status)).toEqual(['fulfilled', 'rejected']);
  });
});

describe('what a device refuses before anything is written', () => {
  it.each<[string, () => TestBundle, Partial<ReleaseEngineOptions>, string]>([
    ['a key that it does not trust', () => bundleOf(createTestKey(), {}), {}, 'BUNDLE_KEY_UNTRUSTED'],
    [
      'another architecture',
      () => bundleOf(key, {}, { requirements: { architectures: ['riscv64'] } }),
      {},
      'REQUIREMENTS_NOT_MET',
    ],
    ['a newer runtime', () => bundleOf(key, {}), { runtimeVersion: '1.19.9' }, 'REQUIREMENTS_NOT_MET'],
    [
      'more memory than there is',
      () => bundleOf(key, {}, { requirements: { minAvailableMemoryBytes: 2 ** 50 } }),
      {},
      'REQUIREMENTS_NOT_MET',
    ],
    [
      'more bytes than fit on the disk',
      () => bundleOf(key, {}),
      { facts: { diskSpace: async () => ({ availableBytes: 30_000_000, availableFiles: 1e6 }) } },
      'DEVICE_DISK_FULL',
    ],
    [
      'more files than fit on the disk',
      () => bundleOf(key, {}),
      { facts: { diskSpace: async () => ({ availableBytes: 1e12, availableFiles: 100 }) } },
      'DEVICE_DISK_FULL',
    ],
  ])('%s', async (_name, make, options, expected) => {
    const { engine } = await start(options);
    await expect(engine.begin(beginRequest(make(), 'txn-first-1'))).rejects.toEqual(code(expected));
    expect(engine.status()).toMatchObject({ phase: 'idle', txn: null });
    expect(await readdir(join(device.root, 'incoming'))).toEqual([]);
  });

  it('a manifest that is not the one that was signed', async () => {
    const { engine } = await start();
    const request = {
      ...beginRequest(v1, 'txn-first-1'),
      manifestBase64: Buffer.from(v2.manifestBytes).toString('base64'),
    };
    await expect(engine.begin(request)).rejects.toEqual(code('BUNDLE_DIGEST_MISMATCH'));
    await expect(engine.begin({ ...beginRequest(v1, 'txn-first-1'), manifestBase64: '!' })).rejects.toEqual(
      code('BUNDLE_MALFORMED'),
    );
  });
});

describe('abort', () => {
  it('while receiving removes the parts', async () => {
    const { engine } = await start();
    const { missing } = await engine.begin(beginRequest(v1, 'txn-first-1'));
    const writer = await engine.openObject('txn-first-1', missing[0]?.digest ?? '', 0);
    await writer.write(Buffer.from([1]));
    await engine.abort('txn-first-1');
    expect(await readdir(join(device.root, 'incoming'))).toEqual([]);
    expect(engine.status()).toMatchObject({ phase: 'idle', lastOutcome: { txn: 'txn-first-1', result: 'aborted' } });
    await expect(engine.abort('txn-first-1')).resolves.toBeUndefined();
    await expect(engine.abort('txn-unknown')).rejects.toEqual(code('NOT_FOUND'));
  });

  it('during a golden run that hangs ends the candidate', async () => {
    const { engine, host } = await start();
    await deploy(engine, v1, 'txn-first-1');
    const hanging = bundleOf(key, { hangs: true }, { version: '2' });
    await sendObjects(engine, hanging, await engine.begin(beginRequest(hanging, 'txn-second-2')));
    const warming = Promise.withResolvers<void>();
    const prepared = engine.prepare('txn-second-2', (event) => {
      if (event.type === 'phase' && event.phase === 'warming') setImmediate(warming.resolve);
    });
    prepared.catch(ignore);
    await warming.promise;
    await engine.abort('txn-second-2');
    await expect(prepared).rejects.toEqual(code('CANCELLED'));
    expect([...host.running].map((worker) => worker.installed.releaseId)).toEqual([idOf(v1)]);
    expect(await readdir(join(device.root, 'releases'))).toEqual([idOf(v1)]);
  });

  it('when armed removes the release and the warm candidate', async () => {
    const { engine, host } = await start();
    await sendObjects(engine, v1, await engine.begin(beginRequest(v1, 'txn-first-1')));
    await engine.prepare('txn-first-1', ignore);
    expect(engine.status().phase).toBe('armed');
    await engine.abort('txn-first-1');
    expect(host.running.size).toBe(0);
    expect(await readdir(join(device.root, 'releases'))).toEqual([]);
    expect(await engine.begin(beginRequest(v1, 'txn-second-2'))).toMatchObject({ isCommitted: false });
  });

  it('during probation goes back', async () => {
    const { engine, host } = await start();
    await deploy(engine, v1, 'txn-first-1');
    const long = bundleOf(key, { id: 'long' }, { version: '2', probation: { durationMs: 600_000 } });
    const { activated } = await intoProbation(engine, long);
    await engine.abort('txn-second-2');
    await expect(activated).rejects.toEqual(code('CANCELLED'));
    expect(servedBy(host)).toBe(idOf(v1));
    expect(engine.status().lastOutcome).toMatchObject({ result: 'rolled-back' });
    // A person's stop says nothing about the bundle.
    await expect(engine.begin(beginRequest(long, 'txn-third-3'))).resolves.toMatchObject({ isCommitted: false });
  });

  it('after the commit is refused', async () => {
    const { engine } = await start();
    await deploy(engine, v1, 'txn-first-1');
    await expect(engine.abort('txn-first-1')).rejects.toEqual(code('RELEASE_REFUSED'));
  });
});

async function intoProbation(
  engine: StartedEngine['engine'],
  bundle: TestBundle,
): Promise<{ activated: Promise<void> }> {
  await sendObjects(engine, bundle, await engine.begin(beginRequest(bundle, 'txn-second-2')));
  await engine.prepare('txn-second-2', ignore);
  const inProbation = Promise.withResolvers<void>();
  const activated = engine.activate('txn-second-2', (event) => {
    if (event.type === 'phase' && event.phase === 'probation') inProbation.resolve();
  });
  activated.catch(ignore);
  await inProbation.promise;
  return { activated };
}

describe('a laptop that leaves and comes back', () => {
  it('finds its transaction armed and goes on', async () => {
    const { engine } = await start();
    await sendObjects(engine, v1, await engine.begin(beginRequest(v1, 'txn-first-1')));
    await engine.prepare('txn-first-1', ignore);
    expect(await engine.begin(beginRequest(v1, 'txn-first-1'))).toMatchObject({ missing: [], isCommitted: false });
    const events: unknown[] = [];
    await engine.prepare('txn-first-1', (event) => events.push(event));
    expect(events).toEqual([{ type: 'done', result: 'armed', releaseId: idOf(v1) }]);
    await engine.activate('txn-first-1', ignore);
    expect(engine.status().serving).toMatchObject({ version: '1' });
  });

  it('follows a probation that is under way, also under a new id', async () => {
    const { engine } = await start();
    const bundle = bundleOf(key, { id: 'v2' }, { version: '2', probation: { durationMs: 300 } });
    const { activated } = await intoProbation(engine, bundle);
    expect(await engine.begin(beginRequest(bundle, 'txn-third-3'))).toMatchObject({ missing: [], isCommitted: false });
    const events: Array<{ type: string }> = [];
    await engine.prepare('txn-third-3', ignore);
    await engine.activate('txn-third-3', (event) => events.push(event));
    await activated;
    expect(events[0]).toMatchObject({ type: 'phase', phase: 'switching' });
    expect(events.at(-1)).toEqual({ type: 'done', result: 'committed', releaseId: idOf(bundle) });
  });

  it('hears how it ended', async () => {
    const { engine } = await start();
    await deploy(engine, v1, 'txn-first-1');
    const events: unknown[] = [];
    await engine.activate('txn-first-1', (event) => events.push(event));
    expect(events).toEqual([{ type: 'done', result: 'committed', releaseId: idOf(v1) }]);
    const wrong = bundleOf(key, { mismatches: 1 }, { version: '2' });
    await expect(deploy(engine, wrong, 'txn-second-2')).rejects.toEqual(code('GOLDEN_MISMATCH'));
    await expect(engine.activate('txn-second-2', ignore)).rejects.toEqual(code('GOLDEN_MISMATCH'));
    await expect(engine.prepare('txn-unknown', ignore)).rejects.toEqual(code('NOT_FOUND'));
  });

  it('cannot activate what was not prepared', async () => {
    const { engine } = await start();
    await engine.begin(beginRequest(v1, 'txn-first-1'));
    await expect(engine.activate('txn-first-1', ignore)).rejects.toEqual(code('INPUT_INVALID'));
  });

  it('finds an armed candidate judged anew after the agent restarted', async () => {
    const first = await start();
    await deploy(first.engine, v1, 'txn-first-1');
    await sendObjects(first.engine, v2, await first.engine.begin(beginRequest(v2, 'txn-second-2')));
    await first.engine.prepare('txn-second-2', ignore);
    await first.engine.close();
    const second = await start();
    expect(second.engine.status()).toMatchObject({ phase: 'armed', serving: { version: '1' } });
    const events: Array<{ type: string }> = [];
    await second.engine.activate('txn-second-2', (event) => events.push(event));
    expect(events.map((event) => event.type)).toContain('golden');
    expect(servedBy(second.host)).toBe(idOf(v2));
  });
});

describe('rollback by the operator', () => {
  it('returns to the previous release, and back again', async () => {
    const { engine, host } = await start();
    await deploy(engine, v1, 'txn-first-1');
    await deploy(engine, v2, 'txn-second-2');
    const events: Array<{ type: string }> = [];
    await engine.rollback((event) => events.push(event));
    expect(events.at(-1)).toEqual({ type: 'done', result: 'rolled-back', releaseId: idOf(v1) });
    expect(servedBy(host)).toBe(idOf(v1));
    expect(await device.current()).toBe(idOf(v1));
    expect(engine.status()).toMatchObject({ serving: { version: '1' }, previous: { version: '2' } });
    await engine.rollback(ignore);
    expect(servedBy(host)).toBe(idOf(v2));
    expect(host.running.size).toBe(1);
  });

  it('is refused when there is nothing to return to', async () => {
    const { engine } = await start();
    await expect(engine.rollback(ignore)).rejects.toEqual(code('NOT_FOUND'));
    await deploy(engine, v1, 'txn-first-1');
    await expect(engine.rollback(ignore)).rejects.toEqual(code('NOT_FOUND'));
  });

  it('leaves the release that serves when the previous one no longer passes', async () => {
    const { engine, host } = await start();
    const flaky = bundleOf(key, { id: 'flaky' }, { version: '1' });
    await deploy(engine, flaky, 'txn-first-1');
    await deploy(engine, v2, 'txn-second-2');
    await rm(join(device.root, 'releases', idOf(flaky), 'model', 'model.onnx'));
    await expect(engine.rollback(ignore)).rejects.toEqual(code('BUNDLE_DIGEST_MISMATCH'));
    expect(servedBy(host)).toBe(idOf(v2));
    expect(engine.status()).toMatchObject({ phase: 'idle', serving: { version: '2' } });
  });

  it('is over when the previous one does not start', async () => {
    const { engine, host } = await start();
    await deploy(engine, v1, 'txn-first-1');
    await deploy(engine, v2, 'txn-second-2');
    vi.spyOn(host, 'startWorker').mockRejectedValueOnce(new AppError('MODEL_LOAD_FAILED', 'It does not load.'));
    await expect(engine.rollback(ignore)).rejects.toEqual(code('MODEL_LOAD_FAILED'));
    expect(engine.status()).toMatchObject({ phase: 'idle', serving: { version: '2' } });
    await engine.rollback(ignore);
    expect(servedBy(host)).toBe(idOf(v1));
  });

  it('waits for nobody and changes nothing when something else goes first', async () => {
    const busy = new AppError('DEVICE_BUSY', 'Something else goes first.');
    const makeWay = vi.fn(() => Promise.resolve());
    const { engine, host } = await start({ makeWay });
    await deploy(engine, v1, 'txn-first-1');
    await deploy(engine, v2, 'txn-second-2');
    expect(makeWay).toHaveBeenCalledTimes(2);
    makeWay.mockRejectedValue(busy);
    await expect(engine.rollback(ignore)).rejects.toBe(busy);
    await expect(engine.begin(beginRequest(v1, 'txn-third-3'))).rejects.toBe(busy);
    expect(engine.status()).toMatchObject({ phase: 'idle', txn: null, serving: { version: '2' } });
    expect(servedBy(host)).toBe(idOf(v2));
  });

  it('during a probation ends it', async () => {
    const { engine, host } = await start();
    await deploy(engine, v1, 'txn-first-1');
    const long = bundleOf(key, { id: 'long' }, { version: '2', probation: { durationMs: 600_000 } });
    await intoProbation(engine, long);
    const events: unknown[] = [];
    await engine.rollback((event) => events.push(event));
    expect(events).toEqual([{ type: 'done', result: 'rolled-back', releaseId: idOf(v1) }]);
    expect(servedBy(host)).toBe(idOf(v1));
  });
});
