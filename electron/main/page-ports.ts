// Gives every page its own line to the backend: one end of a channel goes to the page, the other is relayed to the backend as numbered frames.
import { MessageChannelMain, type MessagePortMain, type WebContents } from 'electron';
import { HOST_CHANNELS } from '../../shared/contract/host-channels.ts';
import type { PortFrame } from '../../shared/contract/port-frames.ts';

/** The parts of the backend process that lines need. */
interface FrameTaker {
  readonly isReady: boolean;
  send(frame: PortFrame): void;
}

export interface PagePorts {
  /** A page asks for a line; its former one is closed. It gets it at once or as soon as the backend is ready. */
  request(page: WebContents): void;
  /** Takes a frame of the backend to its page. */
  receive(frame: PortFrame): void;
  backendReady(): void;
  /** Closes every line and tells the pages, so that they reject what is pending and ask again. */
  backendDown(): void;
}

export function createPagePorts(backend: () => FrameTaker): PagePorts {
  const lines = new Map<number, { page: WebContents; port: MessagePortMain }>();
  const waiting = new Set<WebContents>();
  let lastId = 0;

  const close = (id: number): void => {
    const line = lines.get(id);
    if (line === undefined) return;
    lines.delete(id);
    line.port.close();
    backend().send({ port: id, close: true });
  };

  const open = (page: WebContents): void => {
    if (page.isDestroyed()) return;
    for (const [id, line] of lines) if (line.page === page) close(id);
    const id = ++lastId;
    const { port1: port, port2: pageEnd } = new MessageChannelMain();
    lines.set(id, { page, port });
    port.on('message', ({ data }: { data: unknown }) => {
      if (typeof data === 'string') backend().send({ port: id, data });
    });
    port.on('close', () => close(id));
    port.start();
    page.postMessage(HOST_CHANNELS.port, null, [pageEnd]);
  };

  return {
    request(page) {
      if (backend().isReady) open(page);
      else waiting.add(page);
    },
    receive(frame) {
      if ('close' in frame) close(frame.port);
      else lines.get(frame.port)?.port.postMessage(frame.data);
    },
    backendReady() {
      for (const page of waiting) open(page);
      waiting.clear();
    },
    backendDown() {
      const pages = new Set([...lines.values()].map((line) => line.page));
      for (const id of [...lines.keys()]) close(id);
      for (const page of pages) if (!page.isDestroyed()) page.send(HOST_CHANNELS.portClosed);
    },
  };
}
