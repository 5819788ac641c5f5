// The security checklist of the desktop window, item by item, in the real window.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
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
  lineside = await launchElectron({ checkout: checkout.folder, args: ['--use-fake-device-for-media-stream'] });
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

describe('the page', () => {
  it('has no Node and no Electron', async () => {
    const found = await lineside.page.evaluate(() => {
      const names = [
        'require',
        'process',
        'module',
        'exports',
        'global',
        'Buffer',
        '__dirname',
        'setImmediate',
        'electron',
        'ipcRenderer',
      ];
      return names.filter((name) => name in window);
    });
    expect(found).toEqual([]);
    // As text, because the test runner rewrites an import that it sees.
    const importsNode = await lineside.page.evaluate('import("node:fs").then(() => true, () => false)');
    expect(importsNode).toBe(false);
  });

  it('has three functions of its host, and they lead nowhere else', async () => {
    const door = await lineside.page.evaluate(() => {
      const host = (window as unknown as { linesideHost: Record<string, unknown> }).linesideHost;
      const entries = Object.entries(host).map(([name, value]) => `${name}:${typeof value}`);
      return {
        entries: entries.sort(),
        isFrozen: !Reflect.set(host, 'pickFile', null),
        reach: typeof Function.prototype.constructor,
      };
    });
    expect(door.entries).toEqual(['pickFile:function', 'pickSavePath:function', 'reveal:function']);
    expect(door.isFrozen).toBe(true);
  });

  it('runs with isolation, sandbox and web security, without Node, webviews or developer tools', async () => {
    const didOpen = await lineside.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      return new Promise<boolean>((resolve) => {
        contents?.once('devtools-opened', () => resolve(true));
        setTimeout(() => resolve(false), 2_000); // Where they are allowed they are there within one.
        contents?.openDevTools();
      });
    });
    expect(didOpen).toBe(false);
    const preferences = await lineside.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
        getLastWebPreferences(): Record<string, unknown>;
      };
      return contents.getLastWebPreferences();
    });
    expect(preferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
    });
  });
});

describe('the content security policy', () => {
  it('comes as a header, with a style nonce that is new at each load', async () => {
    const policies = await lineside.page.evaluate(async () => {
      const load = async (): Promise<string | null> => (await fetch('/')).headers.get('content-security-policy');
      return [await load(), await load()];
    });
    expect(policies[0]).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[\w+/=]+'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(policies[1]).not.toBe(policies[0]);
  });

  it('keeps inline scripts, inline handlers and eval from running', async () => {
    const ran = await lineside.page.evaluate(async () => {
      const seen = window as unknown as Record<string, unknown>;
      const script = document.createElement('script');
      script.textContent = 'window.addedScriptRan = true';
      document.body.append(script);
      const image = document.createElement('img');
      image.setAttribute('onerror', 'window.handlerRan = true');
      image.src = 'data:image/png;base64,none';
      document.body.append(image);
      // In a task of the page's own: what a debugger evaluates is not under the policy.
      const evalRan = await new Promise((resolve) => {
        setTimeout(() => {
          try {
            resolve((Reflect.get(window, 'eval') as (code: string) => unknown)('true'));
          } catch (error) {
            resolve((error as Error).name);
          }
        }, 100);
      });
      return {
        inline: seen['inlineScriptRan'],
        added: seen['addedScriptRan'],
        handler: seen['handlerRan'],
        eval: evalRan,
      };
    });
    expect(ran).toEqual({ eval: 'EvalError' });
  });

  it('lets only styles with the nonce of this load in', async () => {
    const style = await lineside.page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.querySelector('h1') as HTMLElement);
      return { color, backgroundColor };
    });
    expect(style).toEqual({ color: 'rgb(1, 2, 3)', backgroundColor: 'rgba(0, 0, 0, 0)' });
  });
});

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

describe('permissions', () => {
  it('are denied', async () => {
    const answers = await lineside.page.evaluate(async () => {
      const reason = (work: Promise<unknown>): Promise<string> =>
        work.then(
          () => 'granted',
          (error: Error) => error.name,
        );
      return {
        notifications: await Notification.requestPermission(),
        media: await reason(navigator.mediaDevices.getUserMedia({ audio: true })),
        clipboardRead: await reason(navigator.clipboard.readText()),
        position: await new Promise((resolve) => {
          navigator.geolocation.getCurrentPosition(
            () => resolve('granted'),
            (error) => resolve(error.code),
          );
        }),
        states: await Promise.all(
          ['geolocation', 'notifications', 'camera', 'clipboard-read', 'midi'].map(
            async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state,
          ),
        ),
      };
    });
    expect(answers).toEqual({
      notifications: 'denied',
      media: 'NotAllowedError',
      clipboardRead: 'NotAllowedError',
      position: 1,
      states: ['denied', 'denied', 'denied', 'denied', 'denied'],
    });
  });

  it('allow our page, and no other, to write to the clipboard', async () => {
    const own = await lineside.page.evaluate(
      async () => (await navigator.permissions.query({ name: 'clipboard-write' as PermissionName })).state,
    );
    expect(own).toBe('granted');
    const foreign = await lineside.app.evaluate(async ({ BrowserWindow }) => {
      const window = new BrowserWindow({ show: false });
      await window.loadURL('data:text/html,<h1>elsewhere</h1>');
      const state = await window.webContents.executeJavaScript(
        `navigator.permissions ? navigator.permissions.query({ name: 'clipboard-write' }).then((answer) => answer.state, (error) => error.name) : 'none'`,
      );
      window.destroy();
      return state as string;
    });
    expect(foreign).not.toBe('granted');
  });
});

describe('IPC', () => {
  it('is refused to a page of another origin that has our preload', async () => {
    const answers = await lineside.app.evaluate(
      async ({ BrowserWindow }, preload) => {
        const window = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
        await window.loadURL('data:text/html,<h1>elsewhere</h1>');
        const run = (code: string): Promise<string> => window.webContents.executeJavaScript(code) as Promise<string>;
        const door = await run(
          `window.linesideHost.reveal('/etc/hostname').then(() => 'answered', (error) => error.message)`,
        );
        const port = await run(`new Promise((resolve) => {
        window.addEventListener('message', (event) => event.data?.lineside === 'port' && resolve('a port'));
        window.postMessage({ lineside: 'request-port' }, '*');
        setTimeout(() => resolve('no port'), 500);
      })`);
        window.destroy();
        return { door, port };
      },
      join(checkout.folder, 'out/app/preload.cjs'),
    );
    expect(answers.door).toContain('refused: not a page of Lineside');
    expect(answers.port).toBe('no port');
    expect(lineside.stderr()).toContain('dropped a message on lineside:request-port from data:text/html');
  });

  it('gives nothing to a frame inside our page', async () => {
    const answers = await lineside.page.evaluate(async () => {
      const frame = document.createElement('iframe');
      document.body.append(frame);
      const inner = frame.contentWindow as unknown as Record<string, unknown> & Window;
      const before = window.testPage.ports;
      // A message that a frame sends has that frame, not the window, as its source.
      const script = frame.contentDocument?.createElement('script') as HTMLScriptElement;
      script.src = 'app://lineside/page.js';
      frame.contentDocument?.body.append(script);
      await new Promise((resolve) => setTimeout(resolve, 400));
      const result = {
        hasDoor: 'linesideHost' in inner,
        hasRequire: 'require' in inner,
        ports: window.testPage.ports - before,
        innerPorts: (inner['testPage'] as { ports: number } | undefined)?.ports ?? 0,
      };
      frame.remove();
      return result;
    });
    expect(answers).toEqual({ hasDoor: false, hasRequire: false, ports: 0, innerPorts: 0 });
  });

  it('is refused with arguments of the wrong shape', async () => {
    const answers = await lineside.page.evaluate(async () => {
      const host = (window as unknown as { linesideHost: Record<string, (value: unknown) => Promise<unknown>> })
        .linesideHost;
      const reason = (work: Promise<unknown> | undefined): Promise<string> =>
        work?.then(
          () => 'answered',
          (error: Error) => error.message,
        ) ?? Promise.resolve('none');
      return [
        await reason(host['reveal']?.('relative/path')),
        await reason(host['reveal']?.({ path: '/' })),
        await reason(host['pickSavePath']?.('../up.tar')),
        await reason(host['pickFile']?.([{ name: 'x', extensions: ['../..'] }])),
        await reason(host['pickFile']?.('x')),
      ];
    });
    for (const answer of answers) expect(answer).toContain('the arguments have the wrong shape');
  });
});
