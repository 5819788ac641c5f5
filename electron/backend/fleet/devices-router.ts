// The `devices` calls of the contract.
import { implement } from '@orpc/server';
import { devicesContract } from '../../../shared/contract/devices.ts';
import type { FleetService } from './fleet-service.ts';
import { watchDevice, watchFleet } from './fleet-streams.ts';
import { toView } from './live-device.ts';
import type { SetupService } from './setup-service.ts';
import { type GoldenInputs, sendTestRequests } from './test-requests.ts';

const os = implement(devicesContract);

export interface DevicesRouterParts {
  readonly fleet: FleetService;
  readonly setup: SetupService;
  goldenOf(manifestDigest: string): Promise<GoldenInputs>;
}

export function createDevicesRouter({ fleet, setup, goldenOf }: DevicesRouterParts) {
  return os.router({
    add: os.add.handler(({ input, signal }) => fleet.add(input, signal)),
    // The readers of other tools' files are loaded with the first call.
    planImport: os.planImport.handler(async ({ input }) =>
      (await import('./inventory/inventory-service.ts')).planDeviceImport(fleet, input),
    ),
    import: os.import.handler(async ({ input }) =>
      (await import('./inventory/inventory-service.ts')).importDevices(fleet, input),
    ),
    export: os.export.handler(async ({ input }) =>
      (await import('./inventory/inventory-service.ts')).exportDevices(fleet, input),
    ),
    list: os.list.handler(() => fleet.list()),
    get: os.get.handler(({ input }) => toView(fleet.live(input.name))),
    unlock: os.unlock.handler(({ input, signal }) => fleet.unlock(input.name, input.password, signal)),
    probe: os.probe.handler(({ input, signal }) =>
      fleet.probe(input.name, { acceptHostKey: input.acceptHostKey, signal }),
    ),
    forgetHostKey: os.forgetHostKey.handler(async ({ input }) => ({
      forgottenLines: await fleet.forgetHostKey(input.name),
    })),
    inventory: os.inventory.handler(({ input, signal }) =>
      fleet.withAgent(input.name, (agent) => agent.inventory(), signal),
    ),
    setup: os.setup.handler(({ input }) => ({ jobId: setup.start(input.name, input.startMode ?? 'auto') })),
    remove: os.remove.handler(async ({ input, signal }) => {
      if (input.uninstall === true) await setup.uninstall(input.name, signal);
      await fleet.remove(input.name);
      return { removed: input.name, uninstalled: input.uninstall === true };
    }),
    sendTestRequests: os.sendTestRequests.handler(({ input, signal }) =>
      fleet.withAgent(
        input.name,
        (agent) => sendTestRequests(input.name, agent, goldenOf, input.count, signal),
        signal,
      ),
    ),
    watchFleet: os.watchFleet.handler(({ input, signal }) =>
      watchFleet(fleet, Math.min(Math.max(input.perSecond ?? 2, 0.1), 20), signal),
    ),
    watch: os.watch.handler(({ input, signal }) => watchDevice(fleet, input.name, signal)),
  });
}
