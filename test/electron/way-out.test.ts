// Every way out of app:// that a page can try, in the real window, against a server that would gladly answer.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserWindow as Window } from 'electron';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LaunchedElectron, launchElectron } from '../helpers/electron-app.ts';
import { createTestCheckout, type TestCheckout } from '../helpers/electron-checkout.ts';
import { eventually } from '../helpers/eventually.ts';

let checkout: TestCheckout;
let lineside: LaunchedElectron;
/** Counts everything that reaches the network; it allows every origin, so only Lineside itself can be what refuses. */
let outside: Server;
let outsideUrl: string;
let hits: string[] = [];

beforeAll(async () => {
  outside = createServer((request, response) => {
    hits.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Content-Type': 'text/html' });
    response.end('<h1>outside</h1>');
  });
  outside.on('upgrade', (request, socket) => {
    hits.push(`UPGRADE ${request.url}`);
    socket.destroy();
  });
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
  outsideUrl = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`;
  checkout = await createTestCheckout();
  lineside = await launchElectron({ checkout: checkout.folder });
  await lineside.page.waitForFunction(() => window.testPage.ports > 0);
});

afterAll(async () => {
  await lineside?.close();
  await checkout?.remove();
  await new Promise((resolve) => outside.close(resolve));
});

/** True while the one window still shows our page. */
async function isStillOurs(): Promise<boolean> {
  const windows = await lineside.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().map((window: Window) => window.webContents.getURL()),
  );
  const heading = await lineside.page.textContent('h1');
  return windows.length === 1 && windows[0] === 'app://lineside/' && heading === 'Shell under test';
}

describe('the way out of app://', () => {
  it.each([
    ['location', (url: string) => void (location.href = url)],
    ['location.replace', (url: string) => location.replace(url)],
    [
      'a link',
      (url: string) => {
        const link = Object.assign(document.createElement('a'), { href: url });
        document.body.append(link);
        link.click();
      },
    ],
    [
      'a link to a new window',
      (url: string) => {
        const link = Object.assign(document.createElement('a'), { href: url, target: '_blank' });
        document.body.append(link);
        link.click();
      },
    ],
    ['window.open', (url: string) => void window.open(url)],
    ['window.open over this window', (url: string) => void window.open(url, '_self')],
    [
      'a form',
      (url: string) => {
        const form = Object.assign(document.createElement('form'), { action: url, method: 'post' });
        document.body.append(form);
        form.submit();
      },
    ],
    ['an iframe', (url: string) => document.body.append(Object.assign(document.createElement('iframe'), { src: url }))],
    [
      'an object',
      (url: string) => document.body.append(Object.assign(document.createElement('object'), { data: url })),
    ],
    [
      'a webview',
      (url: string) => {
        const view = document.createElement('webview');
        view.setAttribute('src', url);
        document.body.append(view);
      },
    ],
    [
      'a refresh',
      (url: string) => {
        document.head.append(
          Object.assign(document.createElement('meta'), { httpEquiv: 'refresh', content: `0;url=${url}` }),
        );
      },
    ],
    ['a script', (url: string) => document.head.append(Object.assign(document.createElement('script'), { src: url }))],
    ['an image', (url: string) => document.body.append(Object.assign(document.createElement('img'), { src: url }))],
  ])('is closed to %s', async (_name, leave) => {
    hits = [];
    for (const url of [
      `${outsideUrl}/`,
      'file:///etc/hostname',
      'data:text/html,<h1>elsewhere</h1>',
      'https://onnxruntime.invalid/',
    ]) {
      if (_name === 'an image' && url.startsWith('data:')) continue; // Images of the page's own making are allowed.
      await lineside.page.evaluate(leave, url);
    }
    // A navigation that was not stopped would have begun by the time that a whole round trip is over.
    await lineside.page.evaluate(() => window.testPage.client?.echo({ text: 'still here' }));
    await lineside.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 150)));
    expect(await isStillOurs()).toBe(true);
    expect(hits).toEqual([]);
    const reached = lineside.page
      .frames()
      .map((frame) => frame.url())
      .filter((url) => !/^(app:\/\/lineside\/|about:blank|chrome-error:\/\/chromewebdata\/|)$/.test(url));
    expect(reached).toEqual([]);
  });

  it('is closed to fetch, WebSocket, beacons and event sources', async () => {
    hits = [];
    const results = await lineside.page.evaluate(async (url) => {
      const failed = (work: Promise<unknown>): Promise<boolean> =>
        work.then(
          () => false,
          () => true,
        );
      const closed = (target: EventTarget): Promise<boolean> =>
        new Promise((resolve) => {
          target.addEventListener('error', () => resolve(true));
          target.addEventListener('open', () => resolve(false));
        });
      return {
        http: await failed(fetch(url)),
        opaque: await failed(fetch(url, { mode: 'no-cors' })),
        file: await failed(fetch('file:///etc/hostname')),
        otherHost: await failed(fetch('app://elsewhere/index.html')),
        socket: await closed(new WebSocket(url.replace('http', 'ws'))),
        events: await closed(new EventSource(url)),
        beacon: navigator.sendBeacon(url, 'x'),
      };
    }, outsideUrl);
    expect(results).toMatchObject({
      http: true,
      opaque: true,
      file: true,
      otherHost: true,
      socket: true,
      events: true,
    });
    await lineside.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 150)));
    expect(hits).toEqual([]);
  });

  it('is closed by the session too, for a page without a policy', async () => {
    hits = [];
    const result = await lineside.app.evaluate(async ({ BrowserWindow }, url) => {
      const window = new BrowserWindow({ show: false });
      await window.loadURL('data:text/html,<h1>no policy</h1>');
      const answer = await window.webContents.executeJavaScript(
        `fetch(${JSON.stringify(url)}).then(() => 'reached', () => 'refused')`,
      );
      window.destroy();
      return answer as string;
    }, outsideUrl);
    expect(result).toBe('refused');
    expect(hits).toEqual([]);
  });

  it('opens an allowed https link in the system’s browser and no other, and never in a window', async () => {
    const opened = await lineside.app.evaluate(({ shell }) => {
      const list: string[] = [];
      (globalThis as unknown as { openedLinks: string[] }).openedLinks = list;
      shell.openExternal = (url: string) => {
        list.push(url);
        return Promise.resolve();
      };
      return list;
    });
    expect(opened).toEqual([]);
    await lineside.page.evaluate(() => {
      for (const url of [
        'https://onnx.ai/docs',
        'http://onnx.ai/',
        'https://onnx.ai.evil.example/',
        'https://user@onnx.ai/',
        'file:///etc/hostname',
        'app://lineside/',
      ]) {
        window.open(url);
      }
    });
    const links = (): Promise<string[]> =>
      lineside.app.evaluate(() => (globalThis as unknown as { openedLinks: string[] }).openedLinks);
    await eventually('the link is opened', async () => (await links()).length > 0);
    expect(await links()).toEqual(['https://onnx.ai/docs']);
    expect(await isStillOurs()).toBe(true);
  });

  it('leads to no file outside the page’s folder', async () => {
    const answers = await lineside.page.evaluate(async () => {
      const paths = [
        '/../secret.txt',
        '/%2e%2e/secret.txt',
        '/..%2fsecret.txt',
        '/..%5csecret.txt',
        '/x/..%2f..%2fsecret.txt',
        '//secret.txt',
        '/.hidden',
        '/missing.js',
      ];
      return Promise.all(
        paths.map(async (path) => {
          const response = await fetch(`app://lineside${path}`);
          return { status: response.status, text: await response.text() };
        }),
      );
    });
    for (const answer of answers) expect(answer).toEqual({ status: 404, text: 'There is nothing at this address.' });
  });

  it('is closed to downloads', async () => {
    const download = await lineside.app.evaluate(({ session }) => {
      const seen = { count: 0, isPrevented: false };
      (globalThis as unknown as { seenDownload: typeof seen }).seenDownload = seen;
      session.defaultSession.on('will-download', (event) => {
        seen.count += 1;
        seen.isPrevented = event.defaultPrevented;
      });
      return seen;
    });
    expect(download.count).toBe(0);
    await lineside.page.evaluate(() => {
      const link = Object.assign(document.createElement('a'), { href: '/page.js', download: 'page.js' });
      document.body.append(link);
      link.click();
    });
    const seen = (): Promise<{ count: number; isPrevented: boolean }> =>
      lineside.app.evaluate(
        () => (globalThis as unknown as { seenDownload: { count: number; isPrevented: boolean } }).seenDownload,
      );
    await eventually('the download is asked for', async () => (await seen()).count === 1);
    expect((await seen()).isPrevented).toBe(true);
  });
});
