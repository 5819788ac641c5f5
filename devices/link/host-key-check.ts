// Decides whether a server's host key is believed: strict, with pinning of a first key only when the caller accepts it.
import { AppError } from '../../shared/errors/app-error.ts';
import type { HostKeyPolicy } from './connection.ts';
import {
  appendKnownHost,
  entryMatches,
  hostKeyFingerprint,
  type KnownHostEntry,
  keyTypeOf,
  knownHostName,
  readKnownHosts,
} from './known-hosts.ts';

/** Signature algorithms by key type, strongest first. SHA-1 signatures (`ssh-rsa`) are left out, as OpenSSH 8.8 does. */
const algorithmsByKeyType: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

export interface HostKeyCheck {
  /** Host key algorithms to offer, those of keys already known for the host first, so that a second key type is no change. */
  readonly algorithms: readonly string[];
  /**
   * Believes the key or throws; an accepted new key is written to the policy's file first.
   * @throws HOST_KEY_UNKNOWN { fingerprint, keyType, host }, HOST_KEY_CHANGED { expected, actual, file, line }, FILE_WRITE_FAILED
   */
  verify(key: Buffer): Promise<void>;
}

/** `host` or `host:port`, for sentences. */
function shown(host: string, port: number): string {
  return port === 22 ? host : `${host}:${port}`;
}

function refuseRevoked(where: string, actual: string, entry: KnownHostEntry): never {
  throw new AppError(
    'HOST_KEY_CHANGED',
    `${where} presents the host key ${actual}, which ${entry.file} line ${entry.line} marks as revoked; do not connect before its owner has made a new key.`,
    { details: { expected: [], actual, file: entry.file, line: entry.line, isRevoked: true } },
  );
}

function refuseChanged(where: string, actual: string, entries: readonly KnownHostEntry[]): never {
  const expected = entries.map((entry) => hostKeyFingerprint(entry.key));
  const first = entries[0];
  throw new AppError(
    'HOST_KEY_CHANGED',
    `The host key of ${where} has changed: ${expected.join(' or ')} was known, ${actual} is presented now; connect only after the device's owner confirms the new key, and then remove line ${first?.line} of ${first?.file}.`,
    { details: { expected, actual, file: first?.file, line: first?.line } },
  );
}

/**
 * Reads the policy's files and prepares the check for one host.
 * @throws FILE_UNREADABLE
 */
export async function prepareHostKeyCheck(host: string, port: number, policy: HostKeyPolicy): Promise<HostKeyCheck> {
  const where = shown(host, port);
  const all = await readKnownHosts([policy.file, ...(policy.alsoRead ?? [])]);
  const named = all.filter((entry) => entryMatches(entry, knownHostName(host, port)));
  // Like OpenSSH: a key filed under the bare name also vouches for another port, but never counts as a change there.
  const bare = port === 22 ? [] : all.filter((entry) => entryMatches(entry, knownHostName(host, 22)));
  const isUsable = (entry: KnownHostEntry) =>
    entry.marker === null && Object.hasOwn(algorithmsByKeyType, entry.keyType);
  const known = named.filter(isUsable);
  const types = new Set([...known, ...bare.filter(isUsable)].map((entry) => entry.keyType));
  const ordered = [...types, ...Object.keys(algorithmsByKeyType).filter((type) => !types.has(type))];

  return {
    algorithms: ordered.flatMap((type) => algorithmsByKeyType[type] ?? []),
    async verify(key) {
      const actual = hostKeyFingerprint(key);
      const revoked = [...named, ...bare].find((entry) => entry.marker === 'revoked' && entry.key.equals(key));
      if (revoked) refuseRevoked(where, actual, revoked);
      if ([...known, ...bare.filter(isUsable)].some((entry) => entry.key.equals(key))) return;
      if (known.length > 0) refuseChanged(where, actual, known);
      if (policy.accept === 'new' || policy.accept === actual) {
        await appendKnownHost(policy.file, { host, port, key });
        return;
      }
      const keyType = keyTypeOf(key) ?? 'unknown';
      const wanted = policy.accept === undefined ? '' : `, not the accepted ${policy.accept}`;
      const authority = named.some((entry) => entry.marker === 'cert-authority')
        ? ' (a certificate authority is listed for it, but host certificates are not supported)'
        : '';
      throw new AppError(
        'HOST_KEY_UNKNOWN',
        `${where} is not a known host${authority}: it presents the ${keyType} key ${actual}${wanted}; compare this fingerprint with the device's own and accept it to go on.`,
        { details: { fingerprint: actual, keyType, host: where } },
      );
    },
  };
}
