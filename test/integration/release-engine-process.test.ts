// The release engine in a process that is really killed, and on file systems that are really full or read-only.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { releaseId } from '../../shared/domain/release.ts';
import {
  beginRequest,
  bundleOf,
  deploy,
  deviceAt,
  sendObjects,
  type TestDevice,
  trustKey,
} from '../helpers/release-device.ts';
import { createTestKey, type TestBundle } from '../helpers/signed-bundle.ts';

const CHILD = fileURLToPath(new URL('../helpers/release-engine-child.ts', import.meta.url));
const key = createTestKey();
const v1 = bundleOf(key, { id: 'v1' }, { version: '1' });
const v2 = bundleOf(key, { id: 'v2' }, { version: '2', shared: Buffer.alloc(3_000_000, 1) });
const idOf = (bundle: TestBundle): string =>
  releaseId(bundle.release.name, bundle.release.version, bundle.manifestDigest);

let workspace: string;
let device: TestDevice;

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'lineside-process-'));
  device = deviceAt(join(workspace, 'root'));
  await mkdir(device.root);
});

afterEach(() => rm(workspace, { recursive: true, force: true }));

async function deployInChild(bundle: TestBundle, killBefore: string): Promise<NodeJS.Signals | number | null> {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const file = join(workspace, 'bundle.json');
  const document = {
    release: bundle.release,
    manifestDigest: bundle.manifestDigest,
    manifestBytes: base64(bundle.manifestBytes),
    signatures: bundle.signatures.map(base64),
    blobs: Object.fromEntries([...bundle.blobs].map(([digest, bytes]) => [digest, base64(bytes)])),
  };
  await writeFile(file, JSON.stringify(document));
  const child = spawn(process.execPath, [CHILD, device.root, file, 'txn-update-2', killBefore], { stdio: 'inherit' });
  const [code, signal] = await once(child, 'exit');
  return signal ?? code;
}

describe('an engine whose process gets SIGKILL', () => {
  it.each([
    ['write part', 'v1'],
    ['sync object', 'v1'],
    ['journal staged', 'v1'],
    ['create COMPLETE', 'v1'],
    ['journal sync intent', 'v1'],
    ['rename current', 'v1'],
    ['journal switched', 'v2'],
    ['journal commit', 'v2'],
  ])('before "%s" serves %s and goes on', async (step, expected) => {
    await trustKey(device.root, key);
    const before = await device.start();
    await deploy(before.engine, v1, 'txn-first-1');
    await before.engine.close();
    expect(await deployInChild(v2, step)).toBe('SIGKILL');
    const { engine, host } = await device.start();
    expect(host.current()?.installed.releaseId).toBe(idOf(expected === 'v1' ? v1 : v2));
    await deploy(engine, v2, 'txn-update-2');
    await engine.activate('txn-update-2', () => undefined);
    expect(host.current()?.installed.releaseId).toBe(idOf(v2));
    expect(engine.status()).toMatchObject({ serving: { version: '2' }, previous: { version: '1' } });
    await engine.close();
  });

  it('is not needed for the child to get through', async () => {
    await trustKey(device.root, key);
    expect(await deployInChild(v1, 'never')).toBe(0);
    const { engine, host } = await device.start();
    expect(host.current()?.installed.releaseId).toBe(idOf(v1));
    await engine.close();
  });
});

const canMount = mountable();

describe.skipIf(!canMount)('a file system of its own (needs the right to mount)', () => {
  const facts = { diskSpace: () => Promise.resolve({ availableBytes: 1e12, availableFiles: 1e6 }) };
  const isMounted = { value: false };

  beforeEach(async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'lineside-test', device.root]);
    isMounted.value = true;
    await trustKey(device.root, key);
  });

  afterEach(() => {
    if (isMounted.value) execFileSync('umount', ['-R', device.root]);
    isMounted.value = false;
  });

  it('that runs full during an upload: says so, serves on, and goes on where it stopped', async () => {
    const { engine, host } = await device.start({ facts });
    await deploy(engine, v1, 'txn-first-1');
    await expect(deploy(engine, v2, 'txn-update-2')).rejects.toMatchObject({ code: 'DEVICE_DISK_FULL' });
    expect(host.current()?.installed.releaseId).toBe(idOf(v1));
    execFileSync('mount', ['-o', 'remount,size=16m', device.root]);
    const begun = await engine.begin(beginRequest(v2, 'txn-update-2'));
    expect(Math.max(...begun.missing.map((blob) => blob.offset))).toBeGreaterThan(500_000);
    await deploy(engine, v2, 'txn-update-2');
    expect(host.current()?.installed.releaseId).toBe(idOf(v2));
    await engine.close();
  });

  it('that is too small by its own account: refused before anything is sent', async () => {
    const { engine } = await device.start();
    await expect(engine.begin(beginRequest(v1, 'txn-first-1'))).rejects.toMatchObject({ code: 'DEVICE_DISK_FULL' });
    await engine.close();
  });

  it('that is read-only at the start: serves what was committed, refuses transactions, and takes them once it is writable', async () => {
    const first = await device.start({ facts });
    await deploy(first.engine, v1, 'txn-first-1');
    await first.engine.close();
    execFileSync('mount', ['-o', 'remount,ro', device.root]);
    const { engine, host } = await device.start({ facts });
    expect(host.current()?.installed.releaseId).toBe(idOf(v1));
    await expect(engine.begin(beginRequest(v2, 'txn-update-2'))).rejects.toMatchObject({ code: 'DEVICE_READ_ONLY' });
    await expect(engine.rollback(() => undefined)).rejects.toMatchObject({ code: 'DEVICE_READ_ONLY' });
    execFileSync('mount', ['-o', 'remount,rw,size=16m', device.root]);
    await deploy(engine, v2, 'txn-update-2');
    expect(host.current()?.installed.releaseId).toBe(idOf(v2));
    await engine.close();
  });

  it('that becomes read-only when a candidate is armed: the switch is refused and undone', async () => {
    const { engine, host } = await device.start({ facts });
    await deploy(engine, v1, 'txn-first-1');
    const v3 = bundleOf(key, { id: 'v3' }, { version: '3' });
    await sendObjects(engine, v3, await engine.begin(beginRequest(v3, 'txn-update-3')));
    await engine.prepare('txn-update-3', () => undefined);
    await engine.close();
    execFileSync('mount', ['-o', 'remount,ro', device.root]);
    const restarted = await device.start({ facts });
    await expect(restarted.engine.activate('txn-update-3', () => undefined)).rejects.toMatchObject({
      code: 'DEVICE_READ_ONLY',
    });
    expect(restarted.host.current()?.installed.releaseId).toBe(idOf(v1));
    expect(host.routed).toEqual([idOf(v1)]);
    await restarted.engine.close();
  });

  it('of which a part is another one: refused, because links do not cross it', async () => {
    await mkdir(join(device.root, 'objects'));
    execFileSync('mount', ['-t', 'tmpfs', 'lineside-test', join(device.root, 'objects')]);
    const { engine } = await device.start({ facts });
    await expect(engine.begin(beginRequest(v1, 'txn-first-1'))).rejects.toMatchObject({ code: 'DEVICE_UNSUPPORTED' });
    execFileSync('umount', [join(device.root, 'objects')]);
    await engine.close();
  });
});

function mountable(): boolean {
  const folder = tmpdir();
  try {
    // In a mount namespace of its own, so that nothing is left behind.
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'lineside-test', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
