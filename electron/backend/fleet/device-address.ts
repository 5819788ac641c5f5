// How an engineer writes where a device is: `user@host[:port]`, `user@[v6]:port`, or `local`.
import { userInfo } from 'node:os';
import { AppError } from '../../../shared/errors/app-error.ts';

export type DeviceAddress =
  | { readonly kind: 'local' }
  | { readonly kind: 'ssh'; readonly user: string; readonly host: string; readonly port: number };

const ADDRESS =
  /^(?:([^@\s]+)@)?(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([A-Za-z0-9._-]+)|([0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*))(?::(\d{1,5}))?$/;

/** Parses an address; the user defaults to the one who is logged in, the port to 22. @throws INPUT_INVALID */
export function parseDeviceAddress(text: string): DeviceAddress {
  if (text === 'local') return { kind: 'local' };
  const match = ADDRESS.exec(text);
  const host = match?.[2] ?? match?.[3] ?? match?.[4];
  const port = match?.[5] === undefined ? 22 : Number(match[5]);
  if (!match || host === undefined || port < 1 || port > 65_535) {
    throw new AppError(
      'INPUT_INVALID',
      `"${text}" is not an address: write user@host, user@host:port, or local for this computer.`,
      {
        details: { address: text },
      },
    );
  }
  return { kind: 'ssh', user: match[1] ?? userInfo().username, host, port };
}
