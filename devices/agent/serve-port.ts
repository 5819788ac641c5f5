// The loopback TCP port of the Open Inference Protocol: the one of the last start when it is free, else the next free one.
import type { Server } from 'node:http';
import { readJsonOrNull, writeJsonAtomic } from './atomic-file.ts';

const FIRST_PORT = 8500;
const PORTS = 100;

/** Makes `server` listen on 127.0.0.1 and remembers the port in `memoryPath`. Null when all ports of the range are taken. */
export async function listenOnServePort(server: Server, memoryPath: string): Promise<number | null> {
  const remembered = rememberedPort(memoryPath);
  const range = Array.from({ length: PORTS }, (_, index) => FIRST_PORT + index);
  const candidates = remembered === null ? range : [remembered, ...range.filter((port) => port !== remembered)];
  for (const port of candidates) {
    if (!(await tryListen(server, port))) continue;
    if (port !== remembered) writeJsonAtomic(memoryPath, { port });
    return port;
  }
  return null;
}

function rememberedPort(path: string): number | null {
  const value = readJsonOrNull(path);
  const port = typeof value === 'object' && value !== null && 'port' in value ? value.port : null;
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536 ? port : null;
}

function tryListen(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('listening', onListening);
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    };
    const onListening = (): void => {
      server.off('error', onError);
      resolve(true);
    };
    server.once('error', onError).once('listening', onListening);
    server.listen({ port, host: '127.0.0.1' });
  });
}
