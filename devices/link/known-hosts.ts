// OpenSSH's known_hosts format (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): parsing, finding the keys of a host, adding and removing lines.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../shared/errors/app-error.ts';

export type KnownHostMarker = 'cert-authority' | 'revoked';

/** One line of a known_hosts file that names a key. */
export interface KnownHostEntry {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly marker: KnownHostMarker | null;
  /** The host field as written: a comma list of patterns, or one hashed name. */
  readonly hosts: string;
  readonly keyType: string;
  /** The public key blob. */
  readonly key: Buffer;
}

const defaultPort = 22;

/** The name under which OpenSSH files a host: `host`, or `[host]:port` for another port than 22. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === defaultPort ? name : `[${name}]:${port}`;
}

/** `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it. */
export function hostKeyFingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The key type that a public key blob names itself; null for something that is no key blob. */
export function keyTypeOf(key: Buffer): string | null {
  if (key.length < 4) return null;
  const length = key.readUInt32BE(0);
  if (length === 0 || length > 64 || 4 + length > key.length) return null;
  return key.toString('latin1', 4, 4 + length);
}

/** Reads the lines that hold a key; comments, blank and broken lines are passed over as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): KnownHostEntry[] {
  const entries: KnownHostEntry[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const fields = raw.trim().split(/[ \t]+/);
    const first = fields[0] ?? '';
    if (first === '' || first.startsWith('#')) continue;
    let marker: KnownHostMarker | null = null;
    if (first.startsWith('@')) {
      if (first !== '@cert-authority' && first !== '@revoked') continue;
      marker = first === '@revoked' ? 'revoked' : 'cert-authority';
      fields.shift();
    }
    const [hosts, keyType, encoded] = fields;
    if (hosts === undefined || keyType === undefined || encoded === undefined) continue;
    const key = Buffer.from(encoded, 'base64');
    if (keyTypeOf(key) !== keyType) continue;
    entries.push({ file, line: index + 1, marker, hosts, keyType, key });
  }
  return entries;
}

function matchesPattern(name: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}

function matchesHash(name: string, hashed: string): boolean {
  const [, scheme, salt, digest] = hashed.split('|');
  if (scheme !== '1' || salt === undefined || digest === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === digest;
}

/** True when the entry's host field covers `name` (as made by `knownHostName`); a negated pattern that matches wins. */
export function entryMatches(entry: KnownHostEntry, name: string): boolean {
  if (entry.hosts.startsWith('|')) return matchesHash(name, entry.hosts);
  let isMatch = false;
  for (const pattern of entry.hosts.toLowerCase().split(',')) {
    if (pattern.startsWith('!')) {
      if (matchesPattern(name, pattern.slice(1))) return false;
    } else if (pattern !== '' && matchesPattern(name, pattern)) isMatch = true;
  }
  return isMatch;
}

/**
 * Reads several files; one that does not exist is empty.
 * @throws FILE_UNREADABLE
 */
export async function readKnownHosts(files: readonly string[]): Promise<KnownHostEntry[]> {
  const entries: KnownHostEntry[] = [];
  for (const file of files) {
    try {
      entries.push(...parseKnownHosts(await readFile(file, 'utf8'), file));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOENT') continue;
      throw new AppError(
        'FILE_UNREADABLE',
        `The list of known hosts ${file} cannot be read (${code}); check its permissions.`,
        {
          details: { file },
          cause: error,
        },
      );
    }
  }
  return entries;
}

/** The host field for a new line: plain, or hashed with a random salt. */
function hostField(host: string, port: number, isHashed: boolean): string {
  const name = knownHostName(host, port);
  if (!isHashed) return name;
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

function writeFailed(file: string, error: unknown): AppError {
  const code = (error as NodeJS.ErrnoException).code;
  return new AppError(
    'FILE_WRITE_FAILED',
    `The list of known hosts ${file} cannot be written (${code}); check its permissions.`,
    {
      details: { file },
      cause: error,
    },
  );
}

/**
 * Adds a key with one appending write, so that two processes never mix their lines. The file is made with mode 0600.
 * @throws FILE_WRITE_FAILED
 */
export async function appendKnownHost(
  file: string,
  entry: { readonly host: string; readonly port: number; readonly key: Buffer; readonly isHashed?: boolean },
): Promise<void> {
  const fields = [
    hostField(entry.host, entry.port, entry.isHashed ?? false),
    keyTypeOf(entry.key),
    entry.key.toString('base64'),
  ];
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(file, 'a+', 0o600);
    try {
      const { size } = await handle.stat();
      const last = Buffer.alloc(1, '\n');
      if (size > 0) await handle.read(last, 0, 1, size - 1);
      await handle.write(`${last.toString() === '\n' ? '' : '\n'}${fields.join(' ')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw writeFailed(file, error);
  }
}

/**
 * Removes every line for exactly this host and port (not those with patterns); returns how many were removed.
 * @throws FILE_UNREADABLE, FILE_WRITE_FAILED
 */
export async function forgetKnownHost(file: string, host: string, port: number): Promise<number> {
  const name = knownHostName(host, port);
  const entries = await readKnownHosts([file]);
  const isOwn = (entry: KnownHostEntry) =>
    entry.marker === null &&
    (entry.hosts.startsWith('|') ? matchesHash(name, entry.hosts) : entry.hosts.toLowerCase() === name);
  const doomed = new Set(entries.filter(isOwn).map((entry) => entry.line));
  if (doomed.size === 0) return 0;
  const temporary = join(dirname(file), `.known_hosts-${randomBytes(6).toString('hex')}`);
  try {
    const lines = (await readFile(file, 'utf8')).split('\n');
    const { mode } = await stat(file);
    await writeFile(temporary, lines.filter((_, index) => !doomed.has(index + 1)).join('\n'), {
      mode: mode & 0o777,
      flush: true,
    });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeFailed(file, error);
  }
  return doomed.size;
}
