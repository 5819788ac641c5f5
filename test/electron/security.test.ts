// The security checklist of the desktop window, item by item, in the real window.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LaunchedElectron, launchElectron } from '../helpers/electron-app.ts';
import { createTestCheckout, type TestCheckout } from '../helpers/electron-checkout.ts';

let checkout: TestCheckout;
let lineside: LaunchedElectron;

beforeAll(async () => {
  checkout = await createTestCheckout();
  lineside = await launchElectron({ checkout: checkout.folder, args: ['--use-fake-device-for-media-stream'] });
  await lineside.page.waitForFunction(() => window.testPage.ports > 0);
});

afterAll(async () => {
  await lineside?.close();
  await checkout?.remove();
});

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
