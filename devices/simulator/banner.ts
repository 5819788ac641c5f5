// Asks whether an SSH server greets at an address.
import { connect } from 'node:net';

const limitMs = 1000;

/** True when `SSH-` is read within a second of connecting. */
export function hasBanner(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(limitMs, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('data', (data: Buffer) => finish(data.toString('latin1').startsWith('SSH-')));
  });
}
