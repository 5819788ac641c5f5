// A TCP socket that sends everything written in one turn of the event loop with one system call.
import { Socket } from 'node:net';

/** Bytes after which waiting for the end of the turn costs more than another system call. */
const flushBytes = 512 * 1024;

/**
 * ssh2 writes each packet in up to three small pieces. Sent one by one they cost a system call each and, with Nagle's
 * algorithm, a delayed acknowledgement during the handshake.
 */
export class CoalescingSocket extends Socket {
  #heldBytes = 0;
  #isHolding = false;

  override write(
    data: Uint8Array | string,
    second?: BufferEncoding | ((error?: Error | null) => void),
    third?: (error?: Error | null) => void,
  ): boolean {
    if (!this.#isHolding) {
      this.#isHolding = true;
      this.cork();
      process.nextTick(() => this.#flush());
    }
    this.#heldBytes += data.length;
    const isBelowMark = typeof second === 'function' ? super.write(data, second) : super.write(data, second, third);
    if (this.#heldBytes >= flushBytes) {
      this.#heldBytes = 0;
      this.uncork();
      this.cork();
    }
    return isBelowMark;
  }

  #flush(): void {
    this.#isHolding = false;
    this.#heldBytes = 0;
    this.uncork();
  }
}
