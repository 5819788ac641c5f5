// A device as a machine that measures: held by a lease, which is taken anew when the link was lost; models travel once.
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchPriority } from '../../../shared/contract/bench-options.ts';
import type { BenchMachineRef } from '../../../shared/contract/bench-result.ts';
import { AppError, cancelled, toAppError } from '../../../shared/errors/app-error.ts';
import { isLinkError } from '../rollouts/device-rollout.ts';
import { type DeviceLease, type OpenAgent, openDeviceLease } from './device-lease.ts';
import { createDeviceSidecar } from './device-sidecar.ts';
import type { BenchMachine, PlacedFile, Sidecar } from './machine.ts';

export interface DeviceMachineInput {
  readonly ref: BenchMachineRef;
  readonly openAgent: OpenAgent;
  readonly priority: BenchPriority;
  /** For taking the lease only. */
  readonly signal: AbortSignal;
}

/** Tries of one transfer; each goes on where the one before ended. */
const ATTEMPTS = 3;
const RETRY_PAUSES_MS = [1000, 3000];

/**
 * Takes the lease of a device.
 * @throws DEVICE_BUSY while a rollout or another benchmark is under way there, AGENT_INCOMPATIBLE when its agent is too old,
 *   AGENT_*, CANCELLED, link errors
 */
export async function acquireDeviceMachine(input: DeviceMachineInput): Promise<BenchMachine> {
  const { ref, openAgent, priority } = input;
  const leaseOptions = { deviceName: ref.name, openAgent, priority };
  const models = new Map<string, readonly PlacedFile[]>();
  const sidecars = new Set<Sidecar>();
  let held = await openDeviceLease(leaseOptions, input.signal);
  let reopening: Promise<DeviceLease> | null = null;
  /** Requests served during leases that were lost, as far as it was asked. */
  let servedBefore = 0;
  let servedNow = 0;
  let closed: Promise<void> | null = null;

  /** The lease; a new one with all models in place when the device or the link ended the one before. */
  async function lease(signal: AbortSignal): Promise<DeviceLease> {
    if (closed !== null) throw new AppError('INTERNAL', 'The device was given back already.');
    if (held.end === null) return held;
    reopening ??= reopen(signal).finally(() => {
      reopening = null;
    });
    return reopening;
  }

  async function reopen(signal: AbortSignal): Promise<DeviceLease> {
    await held.close();
    servedBefore += servedNow;
    servedNow = 0;
    held = await openDeviceLease(leaseOptions, signal);
    for (const files of models.values()) await bring(held, files, signal, () => undefined);
    return held;
  }

  async function bring(
    to: DeviceLease,
    files: readonly PlacedFile[],
    signal: AbortSignal,
    onProgress: (sentBytes: number, leftBytes: number) => void,
  ): Promise<string> {
    const { onnxPath, missing } = await to.ask(files);
    if (onnxPath !== null) return onnxPath;
    let leftBytes = missing.reduce((sum, { sizeBytes, offset }) => sum + sizeBytes - offset, 0);
    for (const { digest, offset, sizeBytes } of missing) {
      const file = files.find((one) => one.digest === digest);
      if (file === undefined) throw new AppError('INTERNAL', `${ref.name} asks for an object that no model has.`);
      await to.send(file, offset, { signal, onProgress: (sent) => onProgress(sent, leftBytes - sent) });
      leftBytes -= sizeBytes - offset;
    }
    const placed = await to.ask(files);
    if (placed.onnxPath !== null) return placed.onnxPath;
    throw new AppError('TRANSFER_INTERRUPTED', `${ref.name} lost a file of the model that was just sent; try again.`, {
      retryable: true,
    });
  }

  /** Sends what is missing, on after a cut where it ended. */
  async function place(files: readonly PlacedFile[], signal: AbortSignal, tell: (sentBytes: number) => void) {
    let allBytes: number | null = null;
    const onProgress = (sent: number, left: number): void => {
      allBytes ??= sent + left;
      tell(Math.max(0, allBytes - left));
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await bring(await lease(signal), files, signal, onProgress);
      } catch (thrown) {
        if (signal.aborted) throw cancelled(`Sending the model to ${ref.name}`);
        if (!isLinkError(toAppError(thrown)) || attempt >= ATTEMPTS) throw thrown;
        await delay(RETRY_PAUSES_MS[attempt - 1] ?? 0, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async function closeAll(): Promise<void> {
    await Promise.all([...sidecars].map((one) => one.close()));
    await reopening?.catch(() => undefined);
    await held.close();
  }

  return {
    ref,
    place: async (files, signal, onProgress) => {
      const path = await place(files, signal, onProgress ?? (() => undefined));
      models.set(path, files);
      return path;
    },
    launch: () => {
      const sidecar = createDeviceSidecar(ref.name, lease);
      sidecars.add(sidecar);
      return {
        request: (request, options) => sidecar.request(request, options),
        close: async () => {
          sidecars.delete(sidecar);
          await sidecar.close();
        },
      };
    },
    servedRequests: async () => {
      const { servedRequests } = await (await lease(new AbortController().signal)).info();
      if (servedRequests === null) return null;
      servedNow = servedRequests;
      return servedBefore + servedNow;
    },
    close: () => {
      closed ??= closeAll();
      return closed;
    },
  };
}
