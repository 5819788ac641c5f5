import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BundleDetail } from '../../../shared/contract/bundles.ts';
import { MEDIA_TYPES } from '../../../shared/domain/release.ts';
import { type BundleLab, createBundleLab, MODELS } from '../../helpers/bundle-lab.ts';
import { type RawEntry, readRawTar, writeRawTar } from '../../helpers/raw-tar.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const refused = (pattern: RegExp) =>
  expect.objectContaining({ code: 'BUNDLE_MALFORMED', message: expect.stringMatching(pattern) });
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What a descriptor says. */
type Ref = { digest: string; size: number };

let sender: BundleLab;
/** A laptop that trusts the sender's key and has no bundle. */
let receiver: BundleLab;
let detail: BundleDetail;
let tar: string;
let entries: RawEntry[];

/** Everything below the receiver's data folder but the database's own files. */
const stored = (): string[] =>
  readdirSync(receiver.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('lineside.db'))
    .map((entry) => join(entry.parentPath, entry.name));

async function expectRefused(bytes: Buffer, expected: unknown): Promise<void> {
  const before = stored();
  const path = receiver.file('hostile.tar');
  writeFileSync(path, bytes);
  await expect(receiver.bundles.import(path)).rejects.toEqual(expected);
  expect(receiver.bundles.list()).toEqual([]);
  expect(stored()).toEqual(before);
  expect(existsSync(receiver.file('evil'))).toBe(false);
}

const replace = (name: string, change: (content: Buffer) => Buffer): RawEntry[] =>
  entries.map((entry) => (entry.name === name ? { ...entry, content: change(entry.content) } : entry));

beforeAll(async () => {
  sender = createBundleLab();
  receiver = createBundleLab({ hasKey: false });
  mkdirSync(receiver.keys.trustedDirectory, { recursive: true });
  writeFileSync(join(receiver.keys.trustedDirectory, 'sender.pem'), sender.keys.list()[0]?.publicKeyPem ?? '');
  detail = await sender.bundles.create({
    modelRef: 'digits-tabular',
    name: 'digits',
    version: '1',
    goldenPath: `${MODELS}digits-tabular.golden.npz`,
  });
  tar = (await sender.bundles.export('digits', sender.file('digits.tar'))).path;
  entries = readRawTar(tar);
});
afterAll(() => {
  sender.close();
  receiver.close();
});

describe('export', () => {
  it('writes an OCI image layout that plain tar unpacks', () => {
    const folder = sender.file('unpacked');
    mkdirSync(folder);
    execFileSync('tar', ['-xf', tar, '-C', folder]);
    const read = (path: string) => readFileSync(join(folder, path));
    expect(JSON.parse(read('oci-layout').toString())).toEqual({ imageLayoutVersion: '1.0.0' });
    const files = readdirSync(join(folder, 'blobs/sha256'));
    for (const file of files) expect(sha256(read(`blobs/sha256/${file}`))).toBe(file);
    const index = JSON.parse(read('index.json').toString());
    expect(index).toMatchObject({ schemaVersion: 2, mediaType: MEDIA_TYPES.index });
    const [manifest, ...signatures] = index.manifests;
    expect(manifest).toMatchObject({
      mediaType: MEDIA_TYPES.manifest,
      artifactType: MEDIA_TYPES.artifact,
      digest: detail.digest,
      annotations: { 'org.opencontainers.image.ref.name': '1' },
    });
    const blob = (digest: string) => read(`blobs/sha256/${digest.slice(7)}`);
    const signed: { artifactType: string; annotations: Record<string, string>; config: Ref; layers: Ref[] }[] =
      signatures.map(({ digest }: Ref) => JSON.parse(blob(digest).toString()));
    for (const one of signed) {
      expect(one).toMatchObject({ artifactType: MEDIA_TYPES.signature, subject: { digest: detail.digest } });
      expect(JSON.parse(blob(one.layers[0]?.digest ?? '').toString())).toMatchObject({
        mediaType: MEDIA_TYPES.signature,
      });
    }
    expect(signed.map((one) => one.annotations['dev.sigstore.bundle.predicateType']).sort()).toEqual([
      'https://lineside/release/v1',
      'https://model_signing/signature/v1.0',
    ]);
    const reachable = new Set([detail.digest, ...signatures.map(({ digest }: Ref) => digest)]);
    for (const one of [JSON.parse(blob(detail.digest).toString()), ...signed]) {
      for (const { digest, size } of [one.config, ...one.layers]) {
        expect(blob(digest)).toHaveLength(size);
        reachable.add(digest);
      }
    }
    expect(files.map((file) => `sha256:${file}`).sort()).toEqual([...reachable].sort());
  });

  it('never replaces a file and leaves nothing when it fails', async () => {
    const before = readFileSync(tar);
    await expect(sender.bundles.export('digits', tar)).rejects.toEqual(code('ALREADY_EXISTS'));
    expect(readFileSync(tar).equals(before)).toBe(true);
    await expect(sender.bundles.export('digits', sender.file('none/a.tar'))).rejects.toEqual(code('FILE_WRITE_FAILED'));
    const names = readdirSync(dirname(tar));
    await expect(sender.bundles.export('digits', sender.file('b.tar'), AbortSignal.abort())).rejects.toEqual(
      code('CANCELLED'),
    );
    expect(readdirSync(dirname(tar))).toEqual(names);
  });
});

describe('import', () => {
  it('takes what was exported, whole, and gives a rollout the same bytes', async () => {
    const imported = await receiver.bundles.import(tar);
    expect(imported).toEqual({ ...detail, createdAtMs: imported.createdAtMs });
    expect(await receiver.bundles.import(tar)).toEqual(imported);
    expect((await receiver.bundles.verify('digits')).signedBy).toMatchObject([{ name: 'sender', isTrusted: true }]);
    const [mine, theirs] = await Promise.all([sender, receiver].map((one) => one.bundles.loadForDeploy('digits')));
    const content = (deploy: typeof mine) => ({
      ...deploy,
      blobs: deploy?.blobs.map(({ path, ...blob }) => ({ ...blob, hash: sha256(readFileSync(path)) })),
    });
    expect(content(theirs)).toEqual(content(mine));
    await receiver.bundles.export('digits', receiver.file('again.tar'));
    expect(readFileSync(receiver.file('again.tar')).equals(readFileSync(tar))).toBe(true);
    await receiver.bundles.remove('digits');
    expect(stored()).toEqual([join(receiver.keys.trustedDirectory, 'sender.pem')]);
  });

  it('takes the same layout packed by another tar', async () => {
    const folder = sender.file('repacked');
    mkdirSync(folder);
    execFileSync('tar', ['-xf', tar, '-C', folder]);
    for (const format of ['gnu', 'ustar']) {
      const path = sender.file(`${format}.tar`);
      execFileSync('tar', [`--format=${format}`, '-cf', path, '-C', folder, 'oci-layout', 'index.json', 'blobs']);
      expect((await receiver.bundles.import(path)).digest).toBe(detail.digest);
      await receiver.bundles.remove('digits');
    }
  });

  it('takes a bundle in the former layout, with layer types of our own and one signature', async () => {
    const former = new URL('../../fixtures/bundles/', import.meta.url).pathname;
    const old = createBundleLab({ hasKey: false });
    try {
      mkdirSync(old.keys.trustedDirectory, { recursive: true });
      copyFileSync(join(former, 'former.pem'), join(old.keys.trustedDirectory, 'former.pem'));
      const { blobs } = await old.bundles.import(join(former, 'former.tar'));
      expect(blobs.map(({ title }) => title)).toEqual(
        expect.arrayContaining(['release document', 'golden vectors', 'model.onnx', 'signature']),
      );
      const { path } = await old.bundles.export('former', old.file('again.tar'));
      expect(readFileSync(path).equals(readFileSync(join(former, 'former.tar')))).toBe(true);
      expect((await old.bundles.loadForDeploy('former')).signatures).toHaveLength(1);
    } finally {
      old.close();
    }
  });

  it('refuses a bundle whose signer is not trusted, and says which key and what to do', async () => {
    const stranger = createBundleLab();
    try {
      await expect(stranger.bundles.import(tar)).rejects.toMatchObject({
        code: 'BUNDLE_KEY_UNTRUSTED',
        message: expect.stringContaining(detail.signedBy[0] ?? '?') as string,
      });
      await expect(stranger.bundles.import(tar)).rejects.toThrow(stranger.keys.trustedDirectory);
      expect(readdirSync(stranger.dataDir)).not.toContain('blobs');
    } finally {
      stranger.close();
    }
  });

  it('refuses a version that another bundle has', async () => {
    const other = createBundleLab({ keyOf: sender });
    try {
      const input = { modelRef: 'digits-tabular', name: 'digits', version: '1' };
      await other.bundles.create({ ...input, goldenPath: `${MODELS}digits-tabular.golden.npz`, probationS: 99 });
      const own = other.bundles.get('digits');
      await expect(other.bundles.import(tar)).rejects.toEqual(code('ALREADY_EXISTS'));
      expect(other.bundles.get('digits')).toEqual(own);
      expect((await other.bundles.verify('digits')).blobsChecked).toBe(own.blobs.length);
    } finally {
      other.close();
    }
  });

  it('stops when cancelled, at once or in the middle, and leaves nothing', async () => {
    const before = stored();
    await expect(receiver.bundles.import(tar, AbortSignal.abort())).rejects.toEqual(code('CANCELLED'));
    const cut = new AbortController();
    const running = receiver.bundles.import(tar, cut.signal);
    setImmediate(() => cut.abort());
    await expect(running).rejects.toEqual(code('CANCELLED'));
    expect(stored()).toEqual(before);
    expect(receiver.bundles.list()).toEqual([]);
  });

  it('says when there is no such file, or it is no file', async () => {
    await expect(receiver.bundles.import('/nonexistent.tar')).rejects.toEqual(code('FILE_NOT_FOUND'));
    await expect(receiver.bundles.import(receiver.dataDir)).rejects.toEqual(code('FILE_UNREADABLE'));
    const pipe = receiver.file('pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(receiver.bundles.import(pipe)).rejects.toEqual(refused(/not a plain file/));
  });
});

describe('import of tampered archives', () => {
  it('refuses an archive with any one byte changed', async () => {
    const good = readFileSync(tar);
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] ?? 0) ^ mask;
        await expectRefused(bad, expect.objectContaining({ code: expect.stringMatching(/^BUNDLE_/) }));
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('refuses every byte of headers, index and layout file changed', async () => {
    const good = readFileSync(tar);
    const spots = good.length - 1024 - 512 * 8;
    for (let at = spots; at < good.length; at += 13) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x20;
      await expectRefused(bad, expect.objectContaining({ code: expect.stringMatching(/^BUNDLE_/) }));
    }
  }, 60_000);

  it('refuses an archive cut off anywhere', async () => {
    const good = readFileSync(tar);
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), (length) =>
        expectRefused(good.subarray(0, length), expect.objectContaining({ code: 'BUNDLE_MALFORMED' })),
      ),
      { numRuns: 50 },
    );
  }, 60_000);

  it('takes the rebuilt archive of these tests, so that their changes are what is refused', async () => {
    writeFileSync(receiver.file('rebuilt.tar'), writeRawTar(entries));
    expect((await receiver.bundles.import(receiver.file('rebuilt.tar'))).digest).toBe(detail.digest);
    await receiver.bundles.remove('digits');
  });

  const file = (name: string, content = 'x', more: Partial<RawEntry> = {}): RawEntry => ({
    name,
    content: Buffer.from(content),
    ...more,
  });

  it.each<[string, () => RawEntry[], RegExp]>([
    ['a path that leaves the folder', () => [...entries, file('../evil')], /"..\/evil"/],
    ['an absolute path', () => [...entries, file('/tmp/evil')], /"\/tmp\/evil"/],
    ['a file that does not belong to it', () => [...entries, file('blobs/sha256/evil')], /does not belong/],
    [
      'a symbolic link',
      () => [...entries, file('evil', '', { type: '2', link: '/etc/passwd' })],
      /neither a file nor a folder/,
    ],
    [
      'a hard link',
      () => [...entries, file('evil', '', { type: '1', link: 'index.json' })],
      /neither a file nor a folder/,
    ],
    ['a device', () => [...entries, file('evil', '', { type: '3' })], /neither a file nor a folder/],
    ['a sparse file', () => [...entries, file('evil', '', { type: 'S' })], /neither a file nor a folder/],
    ['an extended header', () => [file('pax', '18 path=../../evil\n', { type: 'x' }), ...entries], /--format=ustar/],
    ['a long-name header', () => [file('long', '../evil', { type: 'L' }), ...entries], /--format=ustar/],
    ['a name with a prefix', () => [...entries, file('evil', 'x', { prefix: '..' })], /not one that a bundle has/],
    ['a folder of its own', () => [...entries, file('evil/', '', { type: '5' })], /folder "evil\/"/],
    ['an entry twice', () => [...entries, ...entries.slice(-1)], /two entries/],
    ['a foreign format', () => entries.map((entry) => ({ ...entry, magic: 'xtar\0\0\0\0' })), /not a plain tar/],
    ['a length beyond the end', () => [...entries, file('evil', 'x', { sizeBytes: 1e9 })], /cut off/],
    ['no index', () => entries.filter((entry) => entry.name !== 'index.json'), /no file "index.json"/],
    ['an index that is too large', () => replace('index.json', () => Buffer.alloc(1 << 17, ' ')), /too large/],
    ['an index that is not JSON', () => replace('index.json', () => Buffer.from('{')), /not JSON/],
    ['an index of another form', () => replace('index.json', () => Buffer.from('{"manifests":3}')), /unknown form/],
    [
      'an index with another tag',
      () => replace('index.json', (json) => Buffer.from(json.toString().replace('"1"', '"2"'))),
      /does not belong/,
    ],
    [
      'an index without a bundle',
      () => replace('index.json', () => Buffer.from('{"manifests":[]}')),
      /exactly one bundle/,
    ],
    [
      'another layout version',
      () => replace('oci-layout', (json) => Buffer.from(json.toString().replace('1.0.0', '2.0.0'))),
      /unknown version/,
    ],
    [
      'a blob that is missing',
      () => entries.filter(({ name }) => !name.includes(detail.release.golden.blob.digest.slice(7))),
      /no file/,
    ],
    [
      'a blob of another length',
      () => replace(`blobs/sha256/${detail.release.golden.blob.digest.slice(7)}`, (blob) => blob.subarray(8)),
      /wrong length/,
    ],
    [
      'more entries than a bundle has',
      () => [...entries, ...Array.from({ length: 5000 }, (_, i) => file(`e${i}`, ''))],
      /more than 4200/,
    ],
  ])('refuses %s', async (_, make, pattern) => {
    await expectRefused(writeRawTar(make()), refused(pattern));
  });

  it('refuses a bundle without a signature, and a manifest that is not the signed one', async () => {
    const unsigned = (json: Buffer) => {
      const index = JSON.parse(json.toString());
      return Buffer.from(JSON.stringify({ ...index, manifests: index.manifests.slice(0, 1) }));
    };
    await expectRefused(writeRawTar(replace('index.json', unsigned)), code('BUNDLE_SIGNATURE_INVALID'));
    const name = `blobs/sha256/${detail.digest.slice(7)}`;
    const swapped = replace(name, (json) => Buffer.from(json.toString().replace('"digits"', '"digitz"')));
    await expectRefused(writeRawTar(swapped), code('BUNDLE_DIGEST_MISMATCH'));
    // Consistent in itself, signed by nobody.
    const bytes = swapped.find((entry) => entry.name === name)?.content ?? Buffer.alloc(0);
    const renamed = swapped.map((entry) => ({
      name: entry.name === name ? `blobs/sha256/${sha256(bytes)}` : entry.name,
      content:
        entry.name === 'index.json'
          ? Buffer.from(entry.content.toString().replace(detail.digest.slice(7), sha256(bytes)))
          : entry.content,
    }));
    await expectRefused(writeRawTar(renamed), code('BUNDLE_SIGNATURE_INVALID'));
  });

  it('refuses a compressed archive, an empty file, trailing data and plain noise', async () => {
    const good = readFileSync(tar);
    await expectRefused(gzipSync(good), refused(/compressed/));
    await expectRefused(Buffer.alloc(0), refused(/cut off/));
    await expectRefused(Buffer.alloc(10_240), refused(/no file "oci-layout"/));
    await expectRefused(Buffer.concat([good, good]), refused(/between or behind/));
    await expectRefused(Buffer.concat([good, Buffer.alloc(2 << 20)]), refused(/goes on behind/));
    await expectRefused(Buffer.alloc(4096, 'noise'), refused(/damaged/));
  });

  it('passes over a gap of any size without reading it into memory', async () => {
    // 8 GiB of nothing, sparse on disk, claimed by an entry that does not belong.
    const path = receiver.file('huge.tar');
    const head = writeRawTar([file('evil', '', { sizeBytes: 8 * 1024 ** 3 - 512 })]).subarray(0, 512);
    writeFileSync(path, head);
    execFileSync('truncate', ['-s', String(8 * 1024 ** 3 + 1024), path]);
    expect(statSync(path).size).toBe(8 * 1024 ** 3 + 1024);
    await expect(receiver.bundles.import(path)).rejects.toEqual(code('BUNDLE_MALFORMED'));
    rmSync(path);
  });
});
