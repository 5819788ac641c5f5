// The device's own key pair, made at the first start; its public half names the device for life.
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DeviceIdentity {
  /** Hex SHA-256 of the public key in SPKI (DER) form. */
  readonly deviceId: string;
}

/** Reads the key pair in `folder` (mode 0700), or makes one: ECDSA P-256, PKCS#8 PEM with mode 0600, SPKI PEM beside it. */
export function loadIdentity(folder: string): DeviceIdentity {
  const privatePath = join(folder, 'key.pem');
  const publicPath = join(folder, 'key.pub.pem');
  if (!existsSync(privatePath)) makeKey(privatePath);
  chmodSync(privatePath, 0o600);
  if (!existsSync(publicPath)) {
    const publicPem = createPublicKey(readFileSync(privatePath)).export({ type: 'spki', format: 'pem' });
    writeWhole(publicPath, publicPem.toString(), 0o644);
  }
  // The text between the PEM's borders is the DER: no need to wake OpenSSL's decoders at every start.
  const der = Buffer.from(readFileSync(publicPath, 'latin1').replace(/-----[^-]+-----/g, ''), 'base64');
  return { deviceId: createHash('sha256').update(der).digest('hex') };
}

function makeKey(path: string): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeWhole(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600);
}

function writeWhole(path: string, text: string, mode: number): void {
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, text, { mode, flush: true });
  renameSync(temporary, path);
}
