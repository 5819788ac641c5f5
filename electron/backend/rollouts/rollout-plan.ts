// The dry run: per device what a rollout would send, or why it is left out. Touches nothing on any device.
import type { RolloutPlan } from '../../../shared/contract/rollouts.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import type { StoredDevice } from '../fleet/device-store.ts';
import type { FleetService } from '../fleet/fleet-service.ts';
import { absoluteRoot, shellPath } from '../fleet/probe.ts';
import type { Deployable } from './deployable.ts';

type PlanDevice = RolloutPlan['devices'][number];

/** Canary count when none was asked for: one, where there are others to protect. */
export function defaultCanary(devices: number): number {
  return devices > 1 ? 1 : 0;
}

/** Looks at every selected device, in parallel. */
export async function planRollout(
  fleet: FleetService,
  deployable: Deployable,
  devices: readonly StoredDevice[],
  canary: number,
  signal: AbortSignal | undefined,
): Promise<RolloutPlan> {
  const { release, manifestDigest, blobs } = deployable;
  const planned = await Promise.all(
    devices.map((stored, index) => planDevice(fleet, deployable, stored, index < canary, signal)),
  );
  const sizeBytes = blobs.reduce((sum, blob) => sum + blob.sizeBytes, 0);
  return {
    bundle: { name: release.name, version: release.version, digest: manifestDigest, sizeBytes },
    devices: planned,
  };
}

async function planDevice(
  fleet: FleetService,
  deployable: Deployable,
  stored: StoredDevice,
  isCanary: boolean,
  signal: AbortSignal | undefined,
): Promise<PlanDevice> {
  const { name, root } = stored.record;
  const nothing = {
    device: name,
    isCanary,
    fromRelease: null,
    bytesToSend: null,
    objectsToSend: null,
    freeBytes: null,
  };
  try {
    const facts = await fleet.probe(name, { signal });
    checkDevice(name, facts.architecture, deployable);
    const connection = await fleet.connection(name, signal);
    const status = await fleet.withAgent(name, (agent) => agent.status(), signal);
    const fromRelease = status.serving?.releaseId ?? null;
    if (status.serving?.manifestDigest === deployable.manifestDigest) {
      return {
        ...nothing,
        isIncluded: true,
        note: 'already serves this bundle',
        fromRelease,
        bytesToSend: 0,
        objectsToSend: 0,
        freeBytes: facts.freeBytes,
      };
    }
    const folder = shellPath(absoluteRoot(root, facts));
    const script = deployable.blobs
      .map(({ digest }) => digest.slice('sha256:'.length))
      .map((hex) => `[ -e ${folder}/objects/sha256/${hex.slice(0, 2)}/${hex} ] || echo ${hex}`)
      .join('\n');
    const { stdout } = await connection.exec('sh -s', {
      stdin: Buffer.from(`${script}\n`),
      timeoutMs: 20_000,
      ...(signal ? { signal } : {}),
    });
    const missing = new Set(stdout.split('\n').filter((line) => line !== ''));
    const toSend = deployable.blobs.filter(({ digest }) => missing.has(digest.slice('sha256:'.length)));
    const bytesToSend = toSend.reduce((sum, blob) => sum + blob.sizeBytes, 0);
    const isTight = facts.freeBytes > 0 && facts.freeBytes < bytesToSend * 2;
    return {
      ...nothing,
      isIncluded: true,
      note: isTight ? 'little free space on this device' : null,
      fromRelease,
      bytesToSend,
      objectsToSend: toSend.length,
      freeBytes: facts.freeBytes,
    };
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'INTERNAL' || error.code === 'CANCELLED') throw thrown;
    return { ...nothing, isIncluded: false, note: error.message };
  }
}

/** @throws REQUIREMENTS_NOT_MET when the bundle is not for this architecture. */
export function checkDevice(name: string, architecture: string, { release }: Deployable): void {
  if (release.requirements.architectures.includes(architecture)) return;
  const wanted = release.requirements.architectures.join(', ');
  throw new AppError('REQUIREMENTS_NOT_MET', `${name} is ${architecture}, and the bundle is for ${wanted}.`, {
    details: { device: name, architecture },
  });
}
