// Makes a TCP socket send everything that is written in one turn of the event loop with one system call.
import type { Socket } from 'node:net';

/** Bytes after which waiting for the end of the turn costs more than another system call. */
const flushBytes = 128 * 1024;

/**
 * ssh2 writes each packet in up to three small pieces. Sent one by one they cost a system call each and, with Nagle's
 * algorithm, a delayed acknowledgement during the handshake. For a connected socket only: `connect` of node:net puts the
 * original `write` back, which is also why this is no subclass.
 */
export function coalesceWrites(socket: Socket): void {
  const write = socket.write;
  let heldBytes = 0;
  let isHolding = false;
  const flush = (): void => {
    isHolding = false;
    heldBytes = 0;
    socket.uncork();
  };
  socket.write = function coalesced(this: Socket, ...parameters: unknown[]): boolean {
    if (!isHolding) {
      isHolding = true;
      socket.cork();
      process.nextTick(flush);
    }
    const isBelowMark = Reflect.apply(write, this, parameters) as boolean;
    const [data] = parameters;
    heldBytes += typeof data === 'string' || data instanceof Uint8Array ? data.length : 0;
    if (heldBytes >= flushBytes) {
      heldBytes = 0;
      socket.uncork();
      socket.cork();
    }
    return isBelowMark;
  };
}
