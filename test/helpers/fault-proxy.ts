// A TCP proxy that misbehaves on demand: delays, cuts after a number of bytes, stalls, resets.
import { connect, createServer, type Socket } from 'node:net';

export interface FaultProxy {
  readonly host: string;
  readonly port: number;
  /** Bytes that have gone from the client to the server since the start. */
  sentBytes(): number;
  /** From now on nothing passes in either direction; connections stay open. */
  stall(): void;
  /** Ends a stall. */
  resume(): void;
  /** Cuts all connections, now or when `afterBytes` more have gone from client to server; new ones are served. */
  cut(afterBytes?: number): void;
  /** Waits until this many bytes have gone from client to server in all. */
  waitForBytes(bytes: number): Promise<void>;
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  /** One-way delay of every chunk, milliseconds. */
  readonly delayMs?: number;
  /** Cut with a TCP reset instead of closing both ends in good order. */
  readonly isReset?: boolean;
}

/** Listens on a free loopback port and forwards to `host:port`. */
export async function startFaultProxy(
  host: string,
  port: number,
  options: FaultProxyOptions = {},
): Promise<FaultProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const waiting: { readonly bytes: number; readonly resolve: () => void }[] = [];
  let sent = 0;
  let cutAt = Number.POSITIVE_INFINITY;
  let isStalled = false;

  const cutAll = (): void => {
    cutAt = Number.POSITIVE_INFINITY;
    for (const pair of pairs) for (const socket of pair) options.isReset ? socket.resetAndDestroy() : socket.destroy();
  };
  const pass = (from: Socket, to: Socket, chunk: Buffer): void => {
    const deliver = () => {
      if (!to.destroyed && !to.write(chunk)) {
        from.pause();
        to.once('drain', () => isStalled || from.resume());
      }
    };
    if (options.delayMs) setTimeout(deliver, options.delayMs);
    else deliver();
  };
  const server = createServer((client) => {
    const upstream = connect(port, host);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
      if (isStalled) socket.pause();
    }
    upstream.on('data', (chunk: Buffer) => pass(upstream, client, chunk));
    client.on('data', (chunk: Buffer) => {
      const allowed = chunk.subarray(0, Math.max(0, cutAt - sent));
      sent += allowed.length;
      pass(client, upstream, allowed);
      for (const entry of waiting) if (sent >= entry.bytes) entry.resolve();
      if (sent >= cutAt) cutAll();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address object');

  return {
    host: '127.0.0.1',
    port: address.port,
    sentBytes: () => sent,
    stall() {
      isStalled = true;
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    resume() {
      isStalled = false;
      for (const pair of pairs) for (const socket of pair) socket.resume();
    },
    cut(afterBytes = 0) {
      if (afterBytes === 0) cutAll();
      else cutAt = sent + afterBytes;
    },
    waitForBytes(bytes) {
      if (sent >= bytes) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ bytes, resolve }));
    },
    async close() {
      cutAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
