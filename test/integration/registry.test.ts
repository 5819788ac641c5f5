// Push and pull against Debian's docker-registry: same bytes, nothing sent twice, logins, cut connections.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadBlob } from '../../electron/backend/registry/blob-download.ts';
import { uploadBlob } from '../../electron/backend/registry/blob-upload.ts';
import { createRegistrySession, type RegistrySession } from '../../electron/backend/registry/registry-session.ts';
import type { BundleDetail } from '../../shared/contract/bundles.ts';
import { type BundleLab, createBundleLab, MODELS } from '../helpers/bundle-lab.ts';
import { createCli } from '../helpers/cli.ts';
import { type DockerRegistry, REGISTRY_LOGIN, startDockerRegistry } from '../helpers/docker-registry.ts';
import { startFaultProxy } from '../helpers/fault-proxy.ts';
import { lastOf } from '../helpers/last-of.ts';
import { findDockerRegistry } from '../house/vehicles.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const found = findDockerRegistry();
const program = 'path' in found ? found.path : '';

describe.skipIf(program === '')('docker-registry', () => {
  let registry: DockerRegistry;
  let sender: BundleLab;
  /** A laptop that trusts the sender's key. */
  let receiver: BundleLab;
  let detail: BundleDetail;

  beforeAll(async () => {
    registry = await startDockerRegistry(program);
    sender = createBundleLab();
    receiver = createBundleLab({ hasKey: false });
    mkdirSync(receiver.keys.trustedDirectory, { recursive: true });
    writeFileSync(join(receiver.keys.trustedDirectory, 'sender.pem'), sender.keys.list()[0]?.publicKeyPem ?? '');
    const goldenPath = `${MODELS}digits-mobilenet-v2.golden.npz`;
    detail = await sender.bundles.create({ modelRef: 'digits-mobilenet-v2', name: 'digits', version: '1', goldenPath });
  });
  afterAll(async () => {
    await registry.close();
    sender.close();
    receiver.close();
  });

  const push = (path: string, options: { mountFrom?: string; replace?: boolean; ref?: string } = {}) =>
    lastOf(sender.bundles.push({ ref: 'digits:1', reference: `oci://${registry.host}/${path}`, ...options }));
  const pull = (lab: BundleLab, path: string) =>
    lastOf(lab.bundles.pull({ reference: `oci://${registry.host}/${path}` }));
  const blobsOf = (lab: BundleLab) => readdirSync(join(lab.dataDir, 'blobs/sha256'), { recursive: true });

  it('gives back the bytes that it was given, signatures and all', async () => {
    const pushed = await push('plant/digits');
    expect(pushed).toMatchObject({
      reference: `oci://${registry.host}/plant/digits:1@${detail.digest}`,
      presentBytes: 0,
      mountedBytes: 0,
      signatures: 2,
    });
    const pulled = await pull(receiver, `plant/digits:1@${detail.digest}`);
    expect(pulled).toMatchObject({ digest: detail.digest, signedBy: detail.signedBy, blobs: detail.blobs });
    const [mine, theirs] = await Promise.all(
      [sender, receiver].map((lab) => lab.bundles.export('digits', lab.file('one.tar'))),
    );
    expect(readFileSync(theirs?.path ?? '').equals(readFileSync(mine?.path ?? ''))).toBe(true);
    await receiver.bundles.remove('digits');
  });

  it('sends nothing twice, and takes parts over from another repository', async () => {
    const first = await push('plant/digits');
    expect(first).toMatchObject({ uploadedBytes: 0, mountedBytes: 0 });
    expect(first.presentBytes).toBeGreaterThan(2_000_000);
    expect(await push('plant/again', { mountFrom: 'plant/digits' })).toMatchObject({
      uploadedBytes: 0,
      mountedBytes: first.presentBytes,
    });
    expect((await pull(receiver, 'plant/again:1')).digest).toBe(detail.digest);
    await receiver.bundles.remove('digits');
  });

  it('never lets a tag point elsewhere unless told to', async () => {
    const goldenPath = `${MODELS}digits-tabular.golden.npz`;
    const other = await sender.bundles.create({ modelRef: 'digits-tabular', name: 'other', version: '2', goldenPath });
    await expect(push('plant/digits:1', { ref: 'other' })).rejects.toEqual(code('ALREADY_EXISTS'));
    expect((await pull(receiver, 'plant/digits:1')).digest).toBe(detail.digest);
    await push('plant/digits:1', { ref: 'other', replace: true });
    expect((await pull(receiver, 'plant/digits:1')).digest).toBe(other.digest);
    await push('plant/digits:1', { replace: true });
    for (const ref of ['digits', 'other']) await receiver.bundles.remove(ref);
  });

  it('refuses a stranger, a bundle without signatures, and what is not there, and keeps nothing of them', async () => {
    const stranger = createBundleLab();
    try {
      await expect(pull(stranger, 'plant/digits:1')).rejects.toMatchObject({
        code: 'BUNDLE_KEY_UNTRUSTED',
        message: expect.stringContaining('pull it again'),
      });
      await expect(pull(stranger, 'plant/nothing:1')).rejects.toEqual(code('NOT_FOUND'));
      await expect(pull(stranger, 'plant/digits')).rejects.toEqual(code('INPUT_INVALID'));
      await expect(pull(stranger, `plant/digits:1@sha256:${'0'.repeat(64)}`)).rejects.toEqual(code('NOT_FOUND'));
      await expect(pull(stranger, `plant/digits:${detail.digest.replace(':', '-')}`)).rejects.toMatchObject({
        code: 'BUNDLE_MALFORMED',
        message: expect.stringContaining('neither a bundle nor a model'),
      });
      expect(stranger.bundles.list()).toEqual([]);
      expect(existsSync(join(stranger.dataDir, 'blobs/sha256')) ? blobsOf(stranger) : []).toEqual([]);
    } finally {
      stranger.close();
    }
  });

  it('stops when cancelled or left, and keeps nothing', async () => {
    const cut = new AbortController();
    const reference = `oci://${registry.host}/plant/digits:1`;
    const stream = receiver.bundles.pull({ reference }, cut.signal);
    await stream.next();
    cut.abort();
    await expect(lastOf(stream)).rejects.toEqual(code('CANCELLED'));
    for await (const snapshot of receiver.bundles.pull({ reference })) {
      expect(snapshot.result).toBeNull();
      break;
    }
    expect(receiver.bundles.list()).toEqual([]);
    expect(blobsOf(receiver)).toEqual([]);
  });

  it('goes on after cuts, and the content is whole', async () => {
    const proxy = await startFaultProxy('127.0.0.1', registry.port);
    const session: RegistrySession = createRegistrySession({
      registry: `127.0.0.1:${proxy.port}`,
      repository: 'plant/cut',
      findCredentials: async () => null,
    });
    try {
      const bytes = randomBytes(8 << 20);
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      const blob = { digest, size: bytes.length, read: (start: number, end: number) => [bytes.subarray(start, end)] };
      proxy.cut(3_500_000);
      const options = { onBytes: () => undefined, pieceBytes: 1 << 20 };
      expect(await uploadBlob(session, blob, options)).toBe('uploaded');
      expect(await uploadBlob(session, blob, options)).toBe('present');
      const chunks: Uint8Array[] = [];
      let sum = 0;
      let cuts = 0;
      for await (const chunk of downloadBlob(session, blob, () => undefined)) {
        chunks.push(chunk);
        sum += chunk.length;
        if (sum > (cuts + 1) * 2_000_000) {
          cuts += 1;
          proxy.cut();
        }
      }
      expect(cuts).toBeGreaterThanOrEqual(3);
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    } finally {
      session.close();
      await proxy.close();
    }
  });

  it('says when nothing listens', async () => {
    await expect(
      lastOf(sender.bundles.push({ ref: 'digits:1', reference: 'oci://127.0.0.1:1/plant/digits' })),
    ).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('nothing listens there'),
    });
  });

  it('asks for a login, which comes from the command line or from docker', async () => {
    const guarded = await startDockerRegistry(program, { hasLogin: true });
    try {
      const reference = `oci://${guarded.host}/plant/digits:1`;
      const { username, password } = REGISTRY_LOGIN;
      await expect(lastOf(sender.bundles.push({ ref: 'digits:1', reference }))).rejects.toMatchObject({
        code: 'REGISTRY_AUTH_FAILED',
        message: expect.stringContaining('there is none'),
      });
      await expect(
        lastOf(sender.bundles.push({ ref: 'digits:1', reference, username, password: 'wrong' })),
      ).rejects.toMatchObject({ code: 'REGISTRY_AUTH_FAILED', message: expect.stringContaining('is wrong') });
      expect(await lastOf(sender.bundles.push({ ref: 'digits:1', reference, ...REGISTRY_LOGIN }))).toMatchObject({
        digest: detail.digest,
      });

      const cli = createCli(receiver.dataDir);
      const asked = cli.start(
        ['bundle', 'pull', reference, '--username', username, '--password-stdin'],
        `${password}\n`,
      );
      expect(await asked.ended).toMatchObject({ code: 0, stdout: expect.stringContaining(detail.digest) });
      await receiver.bundles.remove('digits');

      expect(await cli.run('bundle', 'pull', reference)).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('[REGISTRY_AUTH_FAILED]'),
      });
      const docker = join(receiver.file('home'), '.docker');
      mkdirSync(docker, { recursive: true });
      const auth = Buffer.from(`${username}:${password}`).toString('base64');
      writeFileSync(join(docker, 'config.json'), JSON.stringify({ auths: { [guarded.host]: { auth } } }));
      expect(await cli.json<BundleDetail>('bundle', 'pull', reference, '--json')).toMatchObject({
        digest: detail.digest,
      });
      await receiver.bundles.remove('digits');
    } finally {
      await guarded.close();
    }
  });
});
