// Builds small signed bundles in memory, the way the laptop does, for tests of the code that judges them.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { buildBundleManifest, sha256Digest } from '../../devices/trust/bundle-manifest.ts';
import { dssePae, IN_TOTO_PAYLOAD_TYPE } from '../../devices/trust/dsse.ts';
import { keyIdOf } from '../../devices/trust/key-id.ts';
import { buildSigstoreBundle } from '../../devices/trust/sigstore-bundle.ts';
import { buildStatement } from '../../devices/trust/statement.ts';
import type { TrustedKey } from '../../devices/trust/trusted-keys.ts';
import type { Release } from '../../shared/domain/release.ts';

export interface TestKey extends TrustedKey {
  readonly privateKey: KeyObject;
}

export function createTestKey(name = 'test'): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return { keyId: keyIdOf(publicKey), name, publicKey, privateKey };
}

/** Signs a payload as the laptop does; `payload` is the bytes of a statement. */
export function signPayload(key: TestKey, payload: Uint8Array): Uint8Array {
  const signatureDer = sign('sha256', dssePae(IN_TOTO_PAYLOAD_TYPE, payload), {
    key: key.privateKey,
    dsaEncoding: 'der',
  });
  return buildSigstoreBundle({ payload, signatureDer, keyHint: key.keyId });
}

export interface TestBundleOptions {
  readonly name?: string;
  readonly version?: string;
  /** Contents of the model files by path. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly golden?: Uint8Array;
  readonly probation?: Partial<Release['probation']>;
  readonly requirements?: Partial<Release['requirements']>;
  readonly latencyP95Ms?: number | null;
}

export interface TestBundle {
  readonly release: Release;
  readonly manifestBytes: Uint8Array;
  readonly manifestDigest: string;
  readonly signatures: readonly Uint8Array[];
  /** Every blob by its digest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

export function createTestRelease(options: TestBundleOptions = {}): Release {
  const files = options.files ?? { 'model.onnx': Buffer.from('weights') };
  const golden = options.golden ?? Buffer.alloc(8);
  const tensor = (name: string, offset: number) => ({ name, type: 'float32', shape: [1], offset, length: 4 });
  return {
    schemaVersion: 1,
    name: options.name ?? 'digits',
    version: options.version ?? '1',
    model: {
      name: options.name ?? 'digits',
      version: options.version ?? '1',
      files: Object.entries(files).map(([path, bytes]) => ({
        path,
        digest: sha256Digest(bytes),
        sizeBytes: bytes.byteLength,
      })),
      inputs: [{ name: 'x', type: 'float32', shape: [1] }],
      outputs: [{ name: 'y', type: 'float32', shape: [1] }],
    },
    requirements: {
      architectures: [process.arch],
      minAvailableMemoryBytes: 0,
      runtime: { name: 'onnxruntime', minVersion: '1.20.0' },
      ...options.requirements,
    },
    golden: {
      blob: { digest: sha256Digest(golden), sizeBytes: golden.byteLength },
      cases: [{ inputs: [tensor('x', 0)], outputs: [tensor('y', 4)] }],
      tolerance: { absolute: 0.001, relative: 0.001 },
    },
    budget: { latencyP95Ms: options.latencyP95Ms ?? null, latencyRuns: 5 },
    probation: { durationMs: 50, maxErrorRatio: 0.1, tries: 2, ...options.probation },
    runtimeOptions: { intraOpNumThreads: 1 },
  };
}

/** Packs and signs a bundle. */
export function createTestBundle(key: TestKey, options: TestBundleOptions = {}): TestBundle {
  const files = options.files ?? { 'model.onnx': Buffer.from('weights') };
  const golden = options.golden ?? Buffer.alloc(8);
  const release = createTestRelease(options);
  const configBytes = Buffer.from(JSON.stringify({ descriptor: { name: release.name, version: release.version } }));
  const built = buildBundleManifest(release, configBytes);
  const blobs = [built.releaseBytes, configBytes, golden, ...Object.values(files)];
  return {
    release,
    manifestBytes: built.manifestBytes,
    manifestDigest: built.manifestDigest,
    signatures: [
      signPayload(
        key,
        buildStatement({ name: release.name, version: release.version, manifestDigest: built.manifestDigest }),
      ),
    ],
    blobs: new Map(blobs.map((bytes) => [sha256Digest(bytes), bytes])),
  };
}
