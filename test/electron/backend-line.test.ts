// The line from the window's page to the backend process: calls, streams, and what happens when one of the ends dies.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LaunchedElectron, launchElectron } from '../helpers/electron-app.ts';
import { createTestCheckout, type TestCheckout } from '../helpers/electron-checkout.ts';
import { eventually } from '../helpers/eventually.ts';

let checkout: TestCheckout;
let lineside: LaunchedElectron;

beforeEach(async () => {
  checkout = await createTestCheckout();
  lineside = await launchElectron({ checkout: checkout.folder });
  await lineside.page.waitForFunction(() => window.testPage.counted.length > 2);
});

afterEach(async () => {
  await lineside?.close();
  await checkout?.remove();
});

const openStreams = (): Promise<number | undefined> =>
  lineside.page.evaluate(() => window.testPage.client?.openStreams());

async function backendPid(): Promise<number> {
  const pids = await lineside.backendPids();
  expect(pids).toHaveLength(1);
  return pids[0] ?? 0;
}

async function isGone(pid: number): Promise<void> {
  await eventually('the backend is gone', () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
}

describe('the line to the backend', () => {
  it('carries calls and streams to a process of its own, on plain Node', async () => {
    const echo = await lineside.page.evaluate(() => window.testPage.client?.echo({ text: '你好' }));
    expect(echo).toEqual({ text: '你好', pid: await backendPid() });
    expect(await lineside.page.evaluate(() => window.testPage.counted.slice(0, 3))).toEqual([0, 1, 2]);
    expect(await openStreams()).toBe(1);
  });

  it('comes back after the backend was killed: what was pending is rejected, and the same stream goes on', async () => {
    const first = await backendPid();
    process.kill(first, 'SIGKILL');
    await lineside.page.waitForFunction(
      () => window.testPage.ports === 2 && window.testPage.counted.filter((value) => value === 2).length === 2,
    );
    const after = await lineside.page.evaluate(() => ({ ...window.testPage, client: null }));
    expect(after).toMatchObject({ ports: 2, closed: 1, rejected: 2 });
    const second = await backendPid();
    expect(second).not.toBe(first);
    process.kill(second, 'SIGTERM');
    await lineside.page.waitForFunction(() => window.testPage.ports === 3);
    expect(await lineside.page.evaluate(() => window.testPage.client?.echo({ text: 'third' }))).toMatchObject({
      text: 'third',
    });
  });

  it('ends the streams of a page that reloads, and serves the new one', async () => {
    await lineside.page.reload();
    await lineside.page.waitForFunction(() => window.testPage.counted.length > 2);
    await eventually('only the new page’s stream is open', async () => (await openStreams()) === 1);
  });

  it('is given once to a page: a second request closes the first line', async () => {
    await lineside.page.evaluate(() => window.postMessage({ lineside: 'request-port' }, location.origin));
    await lineside.page.waitForFunction(() => window.testPage.ports === 2);
    await eventually('only the second line’s stream is open', async () => (await openStreams()) === 1);
  });

  it('serves the page again after its process crashed', async () => {
    const before = await backendPid();
    await lineside.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      return new Promise<void>((resolve) => {
        contents?.once('did-finish-load', () => resolve());
        contents?.forcefullyCrashRenderer();
      });
    });
    const counted = (): Promise<number> =>
      lineside.app.evaluate(
        ({ BrowserWindow }) =>
          BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(
            'window.testPage?.counted.length ?? 0',
          ) as Promise<number>,
      );
    await eventually('the new page counts', async () => (await counted()) > 2);
    expect(await backendPid()).toBe(before);
  });

  it('ends with the application: the backend lets go and leaves', async () => {
    const pid = await backendPid();
    await lineside.app.close();
    await isGone(pid);
    expect(lineside.stderr()).toContain('disposed');
  });

  it('ends when main is killed', async () => {
    const pid = await backendPid();
    lineside.app.process().kill('SIGKILL');
    await isGone(pid);
  });
});
