// What a rollout needs of a bundle: exact bytes and files by digest.
import type { Release } from '../../../shared/domain/release.ts';

export interface DeployBlob {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly path: string;
}

export interface Deployable {
  readonly release: Release;
  readonly manifestDigest: string;
  readonly manifestBytes: Buffer;
  readonly signatures: readonly Buffer[];
  /** Only the layers that a device needs. */
  readonly blobs: readonly DeployBlob[];
}
