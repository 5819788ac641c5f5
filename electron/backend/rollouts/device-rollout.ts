// One device's part of a rollout: send what it lacks, let it prepare, let it activate. Truth lives on the device; this reports it.
import { createReadStream } from 'node:fs';
import type { TransactionEvent } from '../../../shared/agent-protocol/messages.ts';
import type { RolloutDevice } from '../../../shared/contract/rollouts.ts';
import { AppError, cancelled, isWireError, toAppError } from '../../../shared/errors/app-error.ts';
import type { ErrorCode } from '../../../shared/errors/codes.ts';
import type { AgentClient } from '../fleet/agent-client.ts';
import type { FleetService } from '../fleet/fleet-service.ts';
import type { Deployable } from './deployable.ts';

/** Errors of the road, not of the box: worth another try, and counted as unreachable when they stay. */
const LINK_CODES: ReadonlySet<ErrorCode> = new Set([
  'SSH_CONNECT_FAILED',
  'SSH_TIMEOUT',
  'SSH_CONNECTION_LOST',
  'SSH_CHANNEL_REFUSED',
  'DEVICE_UNREACHABLE',
  'AGENT_NOT_RUNNING',
  'TRANSFER_INTERRUPTED',
]);
const ATTEMPTS = 4;
const RETRY_PAUSES_MS = [1000, 3000, 9000];

export function isLinkError(error: AppError): boolean {
  return LINK_CODES.has(error.code);
}

export interface DeviceRollout {
  /** Sends and prepares; the device ends up armed, or already has this release committed. */
  stage(): Promise<'armed' | 'up-to-date'>;
  /** Switches an armed device. @throws the device's reason when it rolled back. */
  activate(): Promise<void>;
  /** Gives up what is not yet committed. Errors are the device's problem to recover from, not ours. */
  abort(): Promise<void>;
}

export interface DeviceRolloutParts {
  readonly fleet: FleetService;
  readonly device: string;
  readonly deployable: Deployable;
  readonly txn: string;
  readonly holder: string;
  readonly signal: AbortSignal;
  update(change: Partial<RolloutDevice>): void;
}

export function createDeviceRollout(parts: DeviceRolloutParts): DeviceRollout {
  const { fleet, device, deployable, txn, signal, update } = parts;

  /** Runs `step` with an agent, again after link errors: both begin and put resume where they were. */
  async function withRetries<T>(step: (agent: AgentClient) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await fleet.withAgent(device, step, signal);
      } catch (thrown) {
        if (signal.aborted) throw cancelled(`The rollout on ${device}`);
        const error = toAppError(thrown);
        if (!isLinkError(error) || attempt >= ATTEMPTS) throw thrown;
        await pause(RETRY_PAUSES_MS[attempt - 1] ?? 9000, signal);
      }
    }
  }

  async function send(agent: AgentClient): Promise<'sent' | 'committed'> {
    update({ state: 'sending' });
    const answer = await agent.begin({
      txn,
      manifestDigest: deployable.manifestDigest,
      manifestBase64: deployable.manifestBytes.toString('base64'),
      signaturesBase64: deployable.signatures.map((bytes) => bytes.toString('base64')),
      holder: parts.holder,
    });
    if (answer.isCommitted) return 'committed';
    const total = answer.missing.reduce((sum, object) => sum + object.sizeBytes - object.offset, 0);
    const startedAt = performance.now();
    let before = 0;
    update({ bytesTotal: total, bytesSent: 0 });
    for (const object of answer.missing) {
      const blob = deployable.blobs.find((candidate) => candidate.digest === object.digest);
      if (!blob)
        throw new AppError('BUNDLE_MALFORMED', `The bundle lacks the object ${object.digest} that ${device} asks for.`);
      const report = (sent: number): void => {
        const seconds = (performance.now() - startedAt) / 1000;
        update({ bytesSent: before + sent, bytesPerS: seconds > 0 ? (before + sent) / seconds : null });
      };
      const source = createReadStream(blob.path, { start: object.offset, highWaterMark: 1 << 20 });
      try {
        await agent.put({
          txn,
          digest: blob.digest,
          offset: object.offset,
          sizeBytes: blob.sizeBytes,
          source,
          signal,
          onProgress: report,
        });
      } finally {
        source.destroy();
      }
      before += object.sizeBytes - object.offset;
    }
    return 'sent';
  }

  /** Follows the device's own report up to its last line. */
  async function follow(events: AsyncIterable<TransactionEvent>): Promise<'armed' | 'committed' | 'rolled-back'> {
    for await (const event of events) {
      switch (event.type) {
        case 'phase':
          update({ phase: event.phase, ...(event.phase === 'probation' ? { state: 'probation' as const } : {}) });
          break;
        case 'golden':
          update({ golden: event.report });
          break;
        case 'probation':
          update({ state: 'probation' });
          break;
        case 'done':
          return event.result;
        case 'error':
          throw isWireError(event.error)
            ? AppError.fromWire(event.error)
            : new AppError('INTERNAL', event.error.message);
      }
    }
    throw new AppError('SSH_CONNECTION_LOST', `The report of ${device} broke off.`, { retryable: true });
  }

  /** After a cut during activation the device goes on by itself: ask how it ended. */
  async function settle(): Promise<void> {
    await withRetries(async (agent) => {
      for (;;) {
        const status = await agent.status();
        if (status.lastOutcome?.txn === txn) {
          if (status.lastOutcome.result === 'committed') return;
          const { error } = status.lastOutcome;
          throw isWireError(error)
            ? AppError.fromWire(error)
            : new AppError('ROLLOUT_FAILED', `${device} did not keep the new release.`);
        }
        if (status.txn !== txn)
          throw new AppError('ROLLOUT_FAILED', `${device} has forgotten this rollout; deploy again.`);
        await pause(500, signal);
      }
    });
  }

  return {
    stage: async () => {
      update({ state: 'connecting', startedAtMs: Date.now() });
      return withRetries(async (agent) => {
        const { serving } = await agent.status();
        update({ fromRelease: serving?.releaseId ?? null });
        if ((await send(agent)) === 'committed') return 'up-to-date';
        update({ state: 'preparing' });
        await follow(agent.prepare(txn, signal));
        update({ state: 'armed' });
        return 'armed';
      });
    },
    activate: async () => {
      update({ state: 'activating' });
      try {
        const result = await fleet.withAgent(device, (agent) => follow(agent.activate(txn, signal)), signal);
        if (result === 'rolled-back') throw new AppError('PROBATION_FAILED', `${device} went back to its old version.`);
      } catch (thrown) {
        if (signal.aborted || !isLinkError(toAppError(thrown))) throw thrown;
        await settle();
      }
    },
    abort: async () => {
      await fleet.withAgent(device, (agent) => agent.abort(txn));
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      if (signal.aborted) reject(cancelled('The rollout'));
      else resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
