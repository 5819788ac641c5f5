// Reads a whole request body into memory, never more than its limit.
import type { IncomingMessage } from 'node:http';

/** Thrown for a body that is longer than allowed; the rest of it is not read. */
export class BodyTooLargeError extends Error {
  readonly limitBytes: number;
  constructor(limitBytes: number) {
    super(`The request body is longer than ${String(limitBytes)} bytes.`);
    this.name = 'BodyTooLargeError';
    this.limitBytes = limitBytes;
  }
}

/** The sender went away before its body was complete: there is nobody to answer. */
export class BodyAbortedError extends Error {
  constructor() {
    super('The sender closed the connection before the request was complete.');
    this.name = 'BodyAbortedError';
  }
}

/** Length that the sender announced, or null for a chunked body. */
export function announcedBytes(request: IncomingMessage): number | null {
  const header = request.headers['content-length'];
  return header === undefined ? null : Number(header);
}

/** @throws BodyTooLargeError, BodyAbortedError */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const announced = announcedBytes(request);
    if (announced !== null && announced > limitBytes) {
      reject(new BodyTooLargeError(limitBytes));
      return;
    }
    const parts: Buffer[] = [];
    let received = 0;
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > limitBytes) {
        request.pause();
        reject(new BodyTooLargeError(limitBytes));
        return;
      }
      parts.push(chunk);
    });
    request.on('end', () => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, received)));
    request.on('close', () => reject(new BodyAbortedError()));
    request.on('error', () => reject(new BodyAbortedError()));
  });
}

/** Takes what a refused sender still sends, up to a limit, so that it reads our answer instead of meeting a broken pipe. */
export function discardRest(request: IncomingMessage, limitBytes = 128 * 1024 * 1024): void {
  if (request.complete || request.destroyed) return;
  let discarded = 0;
  request.removeAllListeners('data');
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > limitBytes) request.destroy();
  });
  request.resume();
}
