// The machines that can measure: this computer and the devices of the fleet, and what they are called.
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { BenchMachineRef } from '../../shared/contract/bench-result.ts';
import { useFleet } from './rpc-context.tsx';

/** How this computer is called in calls of the contract. */
export const THIS_COMPUTER = 'local';

export interface MachineChoice {
  /** `local` or the name of a device. */
  readonly value: string;
  readonly label: string;
  readonly isReady: boolean;
}

/** This computer first, then the devices that answer, then those that do not. */
export function useMachines(): readonly MachineChoice[] {
  const { t } = useTranslation();
  const fleet = useFleet();
  return useMemo(() => {
    const devices = fleet.devices.map((view) => ({
      value: view.device.name,
      label: view.device.name,
      isReady: view.connection === 'online',
    }));
    return [
      { value: THIS_COMPUTER, label: t('device.thisComputer'), isReady: true },
      ...devices.filter((one) => one.isReady),
      ...devices.filter((one) => !one.isReady),
    ];
  }, [fleet.devices, t]);
}

export function machineName(t: TFunction, machine: BenchMachineRef): string {
  return machine.kind === 'local' ? t('device.thisComputer') : machine.name;
}
