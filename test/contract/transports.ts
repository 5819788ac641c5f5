// The three roads on which a client reaches the router: in this process, over a MessagePort, over a WebSocket.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import { type AnyRouter, createRouterClient } from '@orpc/server';
import { RPCHandler as PortHandler } from '@orpc/server/message-port';
import { RPCHandler as SocketHandler } from '@orpc/server/ws';
import { WebSocketServer } from 'ws';
import type { RpcClient } from '../../shared/contract/index.ts';

export interface Transport {
  readonly client: RpcClient;
  /** Breaks the road off, as a crashed page or a pulled cable would. */
  disconnect(): Promise<void>;
}

export const TRANSPORTS: Readonly<Record<string, (router: AnyRouter) => Promise<Transport>>> = {
  memory: (router) =>
    Promise.resolve({ client: createRouterClient(router) as RpcClient, disconnect: () => Promise.resolve() }),

  MessagePort: (router) => {
    const { port1, port2 } = new MessageChannel();
    new PortHandler(router).upgrade(port1);
    port1.start();
    port2.start();
    const client: RpcClient = createORPCClient(new PortLink({ port: port2 }));
    const disconnect = async (): Promise<void> => {
      const closed = once(port1, 'close');
      port2.close();
      await closed;
    };
    return Promise.resolve({ client, disconnect });
  },

  WebSocket: async (router) => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const handler = new SocketHandler(router);
    server.on('connection', (socket) => {
      handler.upgrade(socket).catch((error: unknown) => socket.close(1011, String(error)));
    });
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await once(socket, 'open');
    const client: RpcClient = createORPCClient(new SocketLink({ websocket: socket }));
    const disconnect = async (): Promise<void> => {
      for (const each of server.clients) each.terminate();
      const closed = once(server, 'close');
      server.close();
      await closed;
    };
    return { client, disconnect };
  },
};
