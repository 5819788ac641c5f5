// The two lines to the backend: a MessagePort handed over by the Electron preload, or a WebSocket of the web host.
import type { ClientContext, ClientLink } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import { abortError } from './abort.ts';

/** One open line. `closed` resolves when it is gone, whoever ended it. */
export interface Line {
  readonly link: ClientLink<ClientContext>;
  readonly closed: Promise<void>;
  close(): void;
}

/** Opens one line; rejects when there is none to be had now. */
export type Transport = (signal: AbortSignal) => Promise<Line>;

const OPEN_TIMEOUT_MS = 10_000;

/** A socket to `url`, authenticated by the session cookie. */
export function socketTransport(url: string): Transport {
  return async (signal) => {
    const socket = new WebSocket(url);
    const closed = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve(), { once: true }));
    await new Promise<void>((resolve, reject) => {
      const fail = () => reject(new Error('The WebSocket did not open.'));
      const timer = setTimeout(() => {
        socket.close();
        fail();
      }, OPEN_TIMEOUT_MS);
      signal.addEventListener('abort', () => socket.close(), { once: true });
      socket.addEventListener('open', () => resolve(), { once: true });
      void closed.then(() => {
        clearTimeout(timer);
        fail();
      });
      socket.addEventListener('open', () => clearTimeout(timer), { once: true });
    });
    return { link: new SocketLink({ websocket: socket }), closed, close: () => socket.close() };
  };
}

interface PortMessage {
  readonly lineside?: unknown;
}

/**
 * Asks the preload for a port by posting `{lineside:'request-port'}` and takes the one that comes back as
 * `{lineside:'port'}`. A further port, or `{lineside:'port-closed'}`, ends the line that is open.
 */
export function portTransport(page: Window = window): Transport {
  return (signal) =>
    new Promise<Line>((resolve, reject) => {
      const timer = setTimeout(() => finish(() => reject(new Error('No port came from the window.'))), OPEN_TIMEOUT_MS);
      const onMessage = (event: MessageEvent<PortMessage | null>) => {
        const port = event.ports[0];
        if (event.source !== page || event.data?.lineside !== 'port' || !port) return;
        finish(() => resolve(openPort(page, port)));
      };
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        page.removeEventListener('message', onMessage);
        settle();
      };
      signal.addEventListener('abort', () => finish(() => reject(abortError(signal))), { once: true });
      page.addEventListener('message', onMessage);
      page.postMessage({ lineside: 'request-port' }, page.location.origin);
    });
}

/** Wraps a port so that its end can be announced here: older Chromium fires no `close` on the page's side. */
function openPort(page: Window, port: MessagePort): Line {
  const ended = new EventTarget();
  let end: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  const close = () => {
    page.removeEventListener('message', onPageMessage);
    page.removeEventListener('pagehide', close);
    port.close();
    end();
    // A turn later, so that the state says `away` before the pending calls fail.
    setTimeout(() => ended.dispatchEvent(new Event('close')), 0);
  };
  const onPageMessage = (event: MessageEvent<PortMessage | null>) => {
    if (event.source !== page) return;
    if (event.data?.lineside === 'port' || event.data?.lineside === 'port-closed') close();
  };
  page.addEventListener('message', onPageMessage);
  // Chromium 108 kills the page's process when frames still arrive while a reload takes the page down.
  page.addEventListener('pagehide', close);
  port.addEventListener('close', close);
  const link = new PortLink({
    port: {
      addEventListener: (type: string, listener: EventListenerOrEventListenerObject | null) => {
        (type === 'close' ? ended : port).addEventListener(type, listener);
      },
      postMessage: (message: unknown) => port.postMessage(message),
    },
  });
  port.start();
  return { link, closed, close };
}
