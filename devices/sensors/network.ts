// Bytes received and sent per second over the real network interfaces, from /proc/net/dev.
import { existsSync } from 'node:fs';
import { KeptFile, nextLine, parsedEnd, parseIntegerAt, scratch } from './kept-file.ts';
import type { Source } from './source.ts';

const COLON = 58;
const SENT_FIELD = 8;

export interface NetworkSource extends Source {
  readonly receivedBytesPerS: number;
  readonly sentBytesPerS: number;
}

/**
 * Counts interfaces with a device behind them (/sys/class/net/NAME/device), so that bridges and container links are not
 * counted twice; where no interface has one (containers, some virtual machines) it counts all but the loopback.
 */
export function createNetworkSource(sysRoot: string): NetworkSource {
  const file = new KeptFile(`${sysRoot}/proc/net/dev`);
  const isPhysical = new Map<string, boolean>();
  let previousReceived = Number.NaN;
  let previousSent = Number.NaN;
  let previousKind = '';

  function physical(name: string): boolean {
    let known = isPhysical.get(name);
    if (known === undefined) {
      known = existsSync(`${sysRoot}/sys/class/net/${name}/device`);
      isPhysical.set(name, known);
    }
    return known;
  }

  const source = {
    receivedBytesPerS: Number.NaN,
    sentBytesPerS: Number.NaN,
    get state() {
      return file.state;
    },
    read(elapsedS: number) {
      const length = file.read();
      const sums = { physical: [0, 0], any: [0, 0] };
      let hasPhysical = false;
      // Two lines of headings come first.
      let at = length < 0 ? 0 : nextLine(scratch, nextLine(scratch, 0, length), length);
      while (at < length) {
        const colon = scratch.indexOf(COLON, at);
        if (colon < 0 || colon >= length) break;
        const name = scratch.toString('latin1', at, colon).trim();
        if (name !== 'lo') {
          const received = parseIntegerAt(scratch, colon + 1, length);
          let sent = received;
          for (let field = 1; field <= SENT_FIELD; field += 1) sent = parseIntegerAt(scratch, parsedEnd, length);
          sums.any[0] = (sums.any[0] as number) + received;
          sums.any[1] = (sums.any[1] as number) + sent;
          if (physical(name)) {
            hasPhysical = true;
            sums.physical[0] = (sums.physical[0] as number) + received;
            sums.physical[1] = (sums.physical[1] as number) + sent;
          }
        }
        at = nextLine(scratch, colon, length);
      }
      const kind = hasPhysical ? 'physical' : 'any';
      const [received = 0, sent = 0] = length < 0 ? [Number.NaN, Number.NaN] : sums[kind];
      if (kind !== previousKind) previousReceived = previousSent = Number.NaN;
      // A counter that went back means an interface left: no rate this tick rather than a wrong one.
      source.receivedBytesPerS = received >= previousReceived ? (received - previousReceived) / elapsedS : Number.NaN;
      source.sentBytesPerS = sent >= previousSent ? (sent - previousSent) / elapsedS : Number.NaN;
      previousReceived = received;
      previousSent = sent;
      previousKind = kind;
    },
    probe() {
      file.retry();
      isPhysical.clear();
    },
    close: () => file.close(),
  };
  return source;
}
