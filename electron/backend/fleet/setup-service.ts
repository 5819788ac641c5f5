// Installs the device kit on a box, or removes it, as a job with progress.
import type { DeviceFacts } from '../../../shared/contract/devices.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { JobService } from '../jobs/job-service.ts';
import type { KeyService } from '../keys/key-service.ts';
import type { Ports } from '../ports.ts';
import type { FleetService } from './fleet-service.ts';
import { absoluteRoot } from './probe.ts';

export type StartModeChoice = 'auto' | 'systemd' | 'cron' | 'detached';

export interface SetupService {
  /** Starts a set-up job. @throws NOT_FOUND, DEVICE_BUSY while one runs for this device. */
  start(name: string, startMode: StartModeChoice): string;
  /** Stops the agent and deletes Lineside's folder on the device. */
  uninstall(name: string, signal?: AbortSignal): Promise<void>;
}

export interface SetupParts {
  readonly ports: Ports;
  readonly fleet: FleetService;
  readonly keys: KeyService;
  readonly jobs: JobService;
}

const HOW_STARTED = {
  systemd: 'as a systemd user service with linger: it starts with the box',
  cron: 'detached, with an @reboot line in crontab: it starts with the box',
  detached:
    'detached: it will not start by itself after a reboot, because the box has neither linger nor crontab or because that was asked for',
} as const;

export function createSetupService({ ports, fleet, keys, jobs }: SetupParts): SetupService {
  return {
    start: (name, startMode) => {
      fleet.live(name);
      if (jobs.isRunning('setup', name))
        throw new AppError('DEVICE_BUSY', `A set-up of ${name} is already running; wait for it or cancel it.`);
      return jobs.start('setup', name, async (job) => {
        job.report({ step: 'Asking the device what it is' });
        const facts = await fleet.probe(name, { signal: job.signal });
        checkUsable(name, facts);
        const kit = await ports.kits.get(facts.architecture, {
          onProgress: (step) => job.report({ step }),
          signal: job.signal,
        });
        const { installKit } = await import('../../../devices/kit/install-kit.ts');
        const result = await installKit({
          connection: await fleet.connection(name, job.signal),
          kit,
          root: absoluteRoot(fleet.live(name).stored.record.root, facts),
          startMode,
          trustKeysJson: JSON.stringify(keys.trustKeys()),
          onProgress: (progress) => job.report(progress),
          signal: job.signal,
        });
        await fleet.probe(name, { signal: job.signal });
        fleet.wake(name);
        return `The agent on ${name} runs ${HOW_STARTED[result.startMode]}.`;
      });
    },
    uninstall: async (name, signal) => {
      const facts = await fleet.probe(name, { signal });
      const { uninstallKit } = await import('../../../devices/kit/uninstall-kit.ts');
      await uninstallKit({
        connection: await fleet.connection(name, signal),
        root: absoluteRoot(fleet.live(name).stored.record.root, facts),
        ...(signal ? { signal } : {}),
      });
    },
  };
}

function checkUsable(name: string, facts: DeviceFacts): void {
  if (!facts.hasTar) {
    throw new AppError(
      'DEVICE_UNSUPPORTED',
      `${name} has no tar, which the set-up needs; install it there and try again.`,
      { details: { device: name } },
    );
  }
}
