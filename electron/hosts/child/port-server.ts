// The backend's end of the page's ports: takes frames from the parent process apart into one message port each and serves the router on them.

import type { AnyRouter } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { isPortFrame, type PortFrame } from '../../../shared/contract/port-frames.ts';

type PortEvent = { data: string };
type PortListener = (event?: PortEvent) => void;

/** The shape of port that the RPC handler listens on: Electron's MessagePortMain has it too. */
interface FramePort {
  on(event: string, listener: PortListener): void;
  postMessage(data: unknown): void;
  emit(event: 'message' | 'close', value?: PortEvent): void;
}

export interface PortServer {
  /** Takes one message of the parent. @throws TypeError for anything but a PortFrame */
  receive(message: unknown): void;
  /** Ends every port and with it the streams behind it. */
  close(): void;
  /** Ports open now. */
  readonly openPorts: number;
}

/** Serves `router` on every port that the parent names; `send` hands one frame to the parent. */
export function createPortServer(router: AnyRouter, send: (frame: PortFrame) => void): PortServer {
  const handler = new RPCHandler(router);
  const ports = new Map<number, FramePort>();

  const end = (id: number): void => {
    const port = ports.get(id);
    ports.delete(id);
    port?.emit('close');
  };

  return {
    receive(message) {
      if (!isPortFrame(message)) throw new TypeError('a message from the parent process is not a port frame');
      if ('close' in message) return end(message.port);
      let port = ports.get(message.port);
      if (port === undefined) {
        port = createFramePort((data) => {
          if (ports.has(message.port)) send({ port: message.port, data });
        });
        ports.set(message.port, port);
        handler.upgrade(port);
      }
      port.emit('message', { data: message.data });
    },
    close() {
      for (const id of [...ports.keys()]) end(id);
    },
    get openPorts() {
      return ports.size;
    },
  };
}

function createFramePort(send: (data: string) => void): FramePort {
  const listeners = new Map<string, PortListener[]>();
  return {
    on(event, listener) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
    },
    postMessage(data) {
      if (typeof data !== 'string') throw new TypeError('only text crosses this port: hand over bulk data by path');
      send(data);
    },
    emit(event, value) {
      for (const listener of listeners.get(event) ?? []) listener(value);
    },
  };
}
