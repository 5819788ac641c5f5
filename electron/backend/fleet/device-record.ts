// Makes the record of a device from what an engineer says about it.
import { join } from 'node:path';
import type { DeviceAuth, DeviceRecord } from '../../../shared/contract/devices.ts';
import { checkName } from '../../../shared/domain/names.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Ports } from '../ports.ts';
import { parseDeviceAddress } from './device-address.ts';

export interface AddDevice {
  readonly name: string;
  readonly address: string;
  readonly identityFile?: string | undefined;
  readonly usePassword?: boolean | undefined;
  readonly password?: string | undefined;
  readonly acceptHostKey?: string | undefined;
  readonly root?: string | undefined;
  readonly labels?: Record<string, string> | undefined;
  /** Hosts to go through, the nearest first. */
  readonly jumps?: readonly { readonly address: string; readonly identityFile?: string | undefined }[] | undefined;
}

/** @throws INPUT_INVALID, NAME_INVALID */
export function toRecord(device: AddDevice, ports: Ports): DeviceRecord {
  const address = parseDeviceAddress(device.address);
  const name = checkName('device', device.name);
  const common = { name, labels: device.labels ?? {}, addedAtMs: Date.now() };
  const jumps = (device.jumps ?? []).map((jump) => toJump(jump));
  if (address.kind === 'local') {
    if (jumps.length > 0)
      throw new AppError('INPUT_INVALID', 'This computer is reached without SSH, so that no jump host can be named.');
    return {
      ...common,
      kind: 'local',
      user: '',
      host: 'this computer',
      port: 0,
      auth: { kind: 'none' },
      root: device.root ?? join(ports.dataDir, 'this-computer'),
    };
  }
  const root = device.root ?? '~/lineside';
  if (!/^(~\/|\/)[^\0\n]+$/.test(root)) {
    throw new AppError(
      'INPUT_INVALID',
      `"${root}" is not a folder on a device: give an absolute path or one that starts with ~/.`,
    );
  }
  return {
    ...common,
    kind: 'ssh',
    user: address.user,
    host: address.host,
    port: address.port,
    auth: toAuth(device),
    root,
    ...(jumps.length === 0 ? {} : { jumps }),
  };
}

function toJump(jump: NonNullable<AddDevice['jumps']>[number]): NonNullable<DeviceRecord['jumps']>[number] {
  const address = parseDeviceAddress(jump.address);
  if (address.kind === 'local') {
    throw new AppError(
      'INPUT_INVALID',
      '"local" is no jump host: write user@host or user@host:port for each host on the way.',
    );
  }
  const { user, host, port } = address;
  return { user, host, port, ...(jump.identityFile === undefined ? {} : { identityFile: jump.identityFile }) };
}

function toAuth(device: AddDevice): DeviceAuth {
  if (device.identityFile !== undefined) return { kind: 'key', identityFile: device.identityFile };
  if (device.usePassword === true || device.password !== undefined) return { kind: 'password' };
  return { kind: 'agent' };
}
