// Passes the lines of a process on to an HTTP answer, whole lines only and with back-pressure, without looking into them.
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;

/**
 * Copies `source` to `response` line by line; what comes after the last newline is dropped at the end. The source is paused
 * while the reader is slow. `onTooLong` is called once when a line exceeds `maxLineBytes`; nothing is passed on afterwards.
 */
export function passLines(
  source: Readable,
  response: ServerResponse,
  maxLineBytes: number,
  onTooLong: () => void,
): void {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let isTooLong = false;

  source.on('data', (chunk: Buffer) => {
    if (isTooLong) return;
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    const first = chunk.indexOf(NEWLINE);
    // A chunk is far shorter than a line may be, so only the line that began in an earlier one can grow too long.
    if (restBytes + (first === -1 ? chunk.length : first) > maxLineBytes) {
      isTooLong = true;
      rest = [];
      onTooLong();
      return;
    }
    if (end === 0) {
      rest.push(chunk);
      restBytes += chunk.length;
      return;
    }
    const lines = Buffer.concat([...rest, chunk.subarray(0, end)]);
    rest = end === chunk.length ? [] : [chunk.subarray(end)];
    restBytes = chunk.length - end;
    if (!response.destroyed && !response.write(lines)) {
      source.pause();
      response.once('drain', () => source.resume());
    }
  });
}
