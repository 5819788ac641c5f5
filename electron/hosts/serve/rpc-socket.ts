// The RPC end of the web host: the backend's router on each accepted WebSocket, with a slow browser holding its own streams back.
import type { AnyRouter } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { type WebSocket, WebSocketServer } from 'ws';

export interface RpcSockets {
  readonly server: WebSocketServer;
  /** Ends every connection, and with it the streams behind it. */
  close(): Promise<void>;
}

const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
const GOING_AWAY = 1001;
const CLOSE_LIMIT_MS = 1_000;

export function createRpcSockets(router: AnyRouter): RpcSockets {
  const handler = new RPCHandler(router);
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  server.on('connection', (socket: WebSocket) => {
    socket.on('error', () => socket.terminate());
    const connection = {
      addEventListener: socket.addEventListener.bind(socket),
      // The handler waits for what this returns, so a stream makes its next value only when the last one has left.
      send: (data: Parameters<WebSocket['send']>[0]) => sent(socket, data),
    };
    void handler.upgrade(connection);
  });
  return {
    server,
    async close() {
      const closed = [...server.clients].map(
        (socket) =>
          new Promise<void>((resolve) => {
            const limit = setTimeout(() => socket.terminate(), CLOSE_LIMIT_MS);
            socket.once('close', () => {
              clearTimeout(limit);
              resolve();
            });
            socket.close(GOING_AWAY, 'Lineside is closing');
          }),
      );
      await Promise.all(closed);
      server.close();
    },
  };
}

function sent(socket: WebSocket, data: Parameters<WebSocket['send']>[0]): Promise<void> {
  return new Promise((resolve) => {
    socket.send(data, (fault) => {
      if (fault === undefined || fault === null) resolve();
      // A socket on its way out takes nothing more: wait for its end, which ends the streams, instead of spinning through them.
      else if (socket.readyState === socket.CLOSED) setImmediate(resolve);
      else socket.once('close', () => resolve());
    });
  });
}
