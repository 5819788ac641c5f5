// known_hosts: OpenSSH's own format, read, matched, added to and taken from.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareHostKeyCheck } from '../../../devices/link/host-key-check.ts';
import {
  appendKnownHost,
  entryMatches,
  forgetKnownHost,
  hostKeyFingerprint,
  knownHostName,
  parseKnownHosts,
} from '../../../devices/link/known-hosts.ts';
import { failureOf } from '../../helpers/sshd.ts';

/** A public key blob of the right form; what is in it does not matter here. */
function keyOf(type: string, seed: number): Buffer {
  const name = Buffer.from(type);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return Buffer.concat([length, name, Buffer.alloc(36, seed)]);
}

const ed25519 = keyOf('ssh-ed25519', 1);
const otherEd25519 = keyOf('ssh-ed25519', 2);
const rsa = keyOf('ssh-rsa', 3);
const line = (hosts: string, key: Buffer, type = 'ssh-ed25519') =>
  `${hosts} ${type} ${key.toString('base64')} comment\n`;

let directory = '';
let file = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lineside-known-'));
  file = join(directory, 'known_hosts');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function isListed(text: string, host: string, port = 22): boolean {
  return parseKnownHosts(text, 'f').some((entry) => entryMatches(entry, knownHostName(host, port)));
}

describe('host fields', () => {
  it('matches names, lists, ports, wildcards and negation as sshd(8) says', () => {
    expect(isListed(line('box1', ed25519), 'BOX1')).toBe(true);
    expect(isListed(line('box1,10.0.0.5', ed25519), '10.0.0.5')).toBe(true);
    expect(isListed(line('box1', ed25519), 'box1', 2222)).toBe(false);
    expect(isListed(line('[box1]:2222', ed25519), 'box1', 2222)).toBe(true);
    expect(isListed(line('[box1]:2222', ed25519), 'box1')).toBe(false);
    expect(isListed(line('*.plant.example', ed25519), 'press.plant.example')).toBe(true);
    expect(isListed(line('*.plant.example', ed25519), 'plant.example')).toBe(false);
    expect(isListed(line('10.0.0.?', ed25519), '10.0.0.7')).toBe(true);
    expect(isListed(line('10.0.0.?', ed25519), '10x0.0.7')).toBe(false);
    expect(isListed(line('*.example,!bad.example', ed25519), 'bad.example')).toBe(false);
    expect(isListed(line('!bad.example,*.example', ed25519), 'good.example')).toBe(true);
  });

  it('matches a name hashed by OpenSSH', () => {
    // Written by ssh-keygen -H for "box.example" and "[box.example]:2222".
    const plain = '|1|/GNegJrwV+7VqSEudZkVFnramDg=|aLrJP1OIERUJ0wZ5tGbEugVGDZU=';
    const withPort = '|1|pSCCI5yMX/F3/PJSNjcHx1vaK7I=|9MHzVcH7/CyCsFpypYJiMNCLd9o=';
    expect(isListed(line(plain, ed25519), 'box.example')).toBe(true);
    expect(isListed(line(plain, ed25519), 'box.example', 2222)).toBe(false);
    expect(isListed(line(withPort, ed25519), 'box.example', 2222)).toBe(true);
    expect(isListed(line('|1|broken', ed25519), 'box.example')).toBe(false);
  });

  it('passes over comments, unknown markers, broken keys and half lines', () => {
    const text = `# note\n\nbox1\nbox1 ssh-ed25519\nbox1 ssh-ed25519 !!!\n@odd ${line('box1', ed25519)}box1 ssh-rsa ${ed25519.toString('base64')}\n`;
    expect(parseKnownHosts(text, 'f')).toEqual([]);
  });
});

describe('appending and forgetting', () => {
  it('makes the file with mode 0600, keeps what is there and mends a missing last newline', async () => {
    await appendKnownHost(file, { host: 'a', port: 22, key: ed25519 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await writeFile(file, (await readFile(file, 'utf8')).trimEnd());
    await appendKnownHost(file, { host: 'B', port: 2200, key: rsa });
    expect(await readFile(file, 'utf8')).toBe(
      `a ssh-ed25519 ${ed25519.toString('base64')}\n[b]:2200 ssh-rsa ${rsa.toString('base64')}\n`,
    );
  });

  it('keeps every line of many appends at once', async () => {
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => appendKnownHost(file, { host: `h${index}`, port: 22, key: ed25519 })),
    );
    expect(parseKnownHosts(await readFile(file, 'utf8'), file)).toHaveLength(40);
  });

  it('writes hashed names that match again', async () => {
    await appendKnownHost(file, { host: 'box1', port: 2200, key: ed25519, isHashed: true });
    const text = await readFile(file, 'utf8');
    expect(text).not.toContain('box1');
    expect(isListed(text, 'box1', 2200)).toBe(true);
    expect(isListed(text, 'box2', 2200)).toBe(false);
  });

  it('forgets the lines of one host only', async () => {
    await writeFile(
      file,
      `# mine\n${line('box1', ed25519)}${line('*', rsa, 'ssh-rsa')}${line('box1', rsa, 'ssh-rsa')}${line('box2', ed25519)}`,
    );
    expect(await forgetKnownHost(file, 'box1', 22)).toBe(2);
    expect(await readFile(file, 'utf8')).toBe(`# mine\n${line('*', rsa, 'ssh-rsa')}${line('box2', ed25519)}`);
    expect(await forgetKnownHost(file, 'box1', 22)).toBe(0);
  });
});

describe('believing a key', () => {
  it('refuses an unknown host with its fingerprint and writes nothing', async () => {
    const check = await prepareHostKeyCheck('box1', 22, { file });
    const error = await failureOf(check.verify(ed25519));
    expect(error.code).toBe('HOST_KEY_UNKNOWN');
    expect(error.details).toEqual({ fingerprint: hostKeyFingerprint(ed25519), keyType: 'ssh-ed25519', host: 'box1' });
    await expect(stat(file)).rejects.toThrow();
  });

  it('pins only the fingerprint that was accepted', async () => {
    const accept = hostKeyFingerprint(ed25519) as `SHA256:${string}`;
    const check = await prepareHostKeyCheck('box1', 22, { file, accept });
    expect((await failureOf(check.verify(otherEd25519))).code).toBe('HOST_KEY_UNKNOWN');
    await check.verify(ed25519);
    await (await prepareHostKeyCheck('box1', 22, { file })).verify(ed25519);
  });

  it('refuses a changed key with both fingerprints, also when new keys are accepted', async () => {
    await writeFile(file, `\n${line('box1', ed25519)}`);
    const error = await failureOf(
      (await prepareHostKeyCheck('box1', 22, { file, accept: 'new' })).verify(otherEd25519),
    );
    expect(error.code).toBe('HOST_KEY_CHANGED');
    expect(error.details).toEqual({
      expected: [hostKeyFingerprint(ed25519)],
      actual: hostKeyFingerprint(otherEd25519),
      file,
      line: 2,
    });
    expect(error.message).toContain(hostKeyFingerprint(ed25519));
    expect(error.message).toContain(hostKeyFingerprint(otherEd25519));
  });

  it('asks first for the key types that it knows, and calls a lone other type a change', async () => {
    await writeFile(file, line('box1', rsa, 'ssh-rsa'));
    const check = await prepareHostKeyCheck('box1', 22, { file, accept: 'new' });
    expect(check.algorithms.slice(0, 2)).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
    expect(check.algorithms).toContain('ssh-ed25519');
    expect((await failureOf(check.verify(ed25519))).code).toBe('HOST_KEY_CHANGED');
  });

  it('believes a second key type that is listed, and a key from a file that is only read', async () => {
    const other = join(directory, 'other');
    await writeFile(file, line('box1', rsa, 'ssh-rsa'));
    await writeFile(other, line('box1', ed25519));
    await (await prepareHostKeyCheck('box1', 22, { file, alsoRead: [other] })).verify(ed25519);
  });

  it('believes on another port the key that is filed under the bare name, and never calls it a change', async () => {
    await writeFile(file, line('box1', ed25519));
    const check = await prepareHostKeyCheck('box1', 2222, { file });
    await check.verify(ed25519);
    expect((await failureOf(check.verify(otherEd25519))).code).toBe('HOST_KEY_UNKNOWN');
  });

  it('refuses a revoked key although another line lists it', async () => {
    await writeFile(file, `@revoked ${line('*', ed25519)}${line('box1', ed25519)}`);
    const error = await failureOf((await prepareHostKeyCheck('box1', 22, { file })).verify(ed25519));
    expect(error.code).toBe('HOST_KEY_CHANGED');
    expect(error.message).toContain('revoked');
  });

  it('refuses a key that is revoked under the bare name also on another port, and in a file that is only read', async () => {
    const other = join(directory, 'other');
    await writeFile(file, line('[box1]:2222', ed25519));
    await writeFile(other, `@revoked ${line('box*,!box9', ed25519)}`);
    const policy = { file, alsoRead: [other], accept: 'new' as const };
    const error = await failureOf((await prepareHostKeyCheck('box1', 2222, policy)).verify(ed25519));
    expect(error.code).toBe('HOST_KEY_CHANGED');
    expect(error.details).toMatchObject({ isRevoked: true, file: other, line: 1 });
    await (await prepareHostKeyCheck('box9', 2222, policy)).verify(ed25519);
  });

  it('does not take the key of a certificate authority for a host key', async () => {
    await writeFile(file, `@cert-authority ${line('*', ed25519)}`);
    const error = await failureOf((await prepareHostKeyCheck('box1', 22, { file })).verify(ed25519));
    expect(error.code).toBe('HOST_KEY_UNKNOWN');
    expect(error.message).toContain('certificate');
  });
});
