// A page for tests of the desktop shell: asks for a port as the real page does and offers the small test router to the test.
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { RouterClient } from '@orpc/server';
import type { TransportRouter } from './electron-router.ts';

type Client = RouterClient<TransportRouter>;

interface TestPage {
  client: Client | null;
  /** Ports got so far. */
  ports: number;
  closed: number;
  /** Values of `count`, over all the ports it was read from. */
  counted: number[];
  /** Calls that were rejected because their port was closed. */
  rejected: number;
}

declare global {
  interface Window {
    testPage: TestPage;
  }
}

const state: TestPage = { client: null, ports: 0, closed: 0, counted: [], rejected: 0 };
window.testPage = state;
let open: MessagePort | null = null;

async function follow(client: Client): Promise<void> {
  try {
    for await (const { value } of await client.count()) state.counted.push(value);
  } catch {
    state.rejected += 1; // The port was closed; the next one is followed anew.
  }
}

function wait(client: Client): void {
  client.never().catch(() => {
    state.rejected += 1;
  });
}

window.addEventListener('message', (event: MessageEvent<{ lineside?: string } | null>) => {
  if (event.source !== window) return;
  if (event.data?.lineside === 'port' && event.ports[0] !== undefined) {
    const port = event.ports[0];
    const client: Client = createORPCClient(new RPCLink({ port }));
    port.start();
    open = port;
    state.client = client;
    state.ports += 1;
    void follow(client);
    wait(client);
  }
  if (event.data?.lineside === 'port-closed') {
    state.client = null;
    state.closed += 1;
    open?.dispatchEvent(new Event('close')); // Chromium has it by itself only since 122.
    window.postMessage({ lineside: 'request-port' }, window.location.origin);
  }
});
// Chromium 108 kills the page's process when frames still arrive while a reload takes the page down.
window.addEventListener('pagehide', () => open?.close());
window.postMessage({ lineside: 'request-port' }, window.location.origin);
