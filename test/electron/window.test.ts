// The desktop window itself: menu, dialogs of the host door, kept state, a single instance.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { MenuItem } from 'electron';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LaunchedElectron, launchElectron } from '../helpers/electron-app.ts';
import { createTestCheckout, type TestCheckout } from '../helpers/electron-checkout.ts';
import { eventually } from '../helpers/eventually.ts';

let checkout: TestCheckout;
let lineside: LaunchedElectron;

beforeAll(async () => {
  checkout = await createTestCheckout();
  lineside = await launchElectron({ checkout: checkout.folder });
});

afterAll(async () => {
  await lineside?.close();
  await checkout?.remove();
});

interface TestHost {
  pickFile(filters?: { name: string; extensions: string[] }[]): Promise<string | null>;
  pickSavePath(defaultName: string): Promise<string | null>;
  reveal(path: string): Promise<void>;
}

const callHost = <K extends keyof TestHost>(name: K, ...args: Parameters<TestHost[K]>): Promise<unknown> =>
  lineside.page.evaluate(
    ([method, values]) => {
      const host = (window as unknown as { linesideHost: Record<string, (...values: unknown[]) => Promise<unknown>> })
        .linesideHost;
      return host[method]?.(...values);
    },
    [name, args] as [string, unknown[]],
  );

describe('the menu', () => {
  it('has nothing that opens developer tools, and every item has a label', async () => {
    const items = await lineside.app.evaluate(({ Menu }) => {
      const flat = (list: MenuItem[]): { role: string; label: string; type: string; accelerator: unknown }[] =>
        list.flatMap((item) => [
          { role: String(item.role).toLowerCase(), label: item.label, type: item.type, accelerator: item.accelerator },
          ...flat(item.submenu?.items ?? []),
        ]);
      return flat(Menu.getApplicationMenu()?.items ?? []);
    });
    const roles = items.map((item) => item.role);
    expect(roles).toContain('quit');
    expect(roles).toContain('copy');
    for (const dangerous of ['toggledevtools', 'forcereload', 'services']) expect(roles).not.toContain(dangerous);
    for (const item of items) if (item.type !== 'separator') expect(item.label).not.toBe('');
  });
});

describe('the host door', () => {
  it('gives the path that the user picked, and null when the dialog was closed', async () => {
    await lineside.app.evaluate(({ dialog }) => {
      const asked: unknown[] = [];
      (globalThis as unknown as { asked: unknown[] }).asked = asked;
      dialog.showOpenDialog = (async (_window: unknown, options: unknown) => {
        asked.push(options);
        return asked.length === 1
          ? { canceled: false, filePaths: ['/models/a.onnx'] }
          : { canceled: true, filePaths: [] };
      }) as typeof dialog.showOpenDialog;
      dialog.showSaveDialog = (async (_window: unknown, options: unknown) => {
        asked.push(options);
        return { canceled: false, filePath: '/exports/b.tar' };
      }) as typeof dialog.showSaveDialog;
    });
    expect(await callHost('pickFile', [{ name: 'ONNX', extensions: ['onnx'] }])).toBe('/models/a.onnx');
    expect(await callHost('pickFile')).toBe(null);
    expect(await callHost('pickSavePath', 'b.tar')).toBe('/exports/b.tar');
    const asked = await lineside.app.evaluate(() => (globalThis as unknown as { asked: unknown[] }).asked);
    expect(asked[0]).toMatchObject({ properties: ['openFile'], filters: [{ name: 'ONNX', extensions: ['onnx'] }] });
    expect(asked[2]).toMatchObject({ defaultPath: 'b.tar' });
  });

  it('shows a file that exists in the file manager', async () => {
    await lineside.app.evaluate(({ shell }) => {
      const shown: string[] = [];
      (globalThis as unknown as { shown: string[] }).shown = shown;
      shell.showItemInFolder = (path: string) => void shown.push(path);
    });
    const file = join(checkout.folder, 'out/secret.txt');
    await callHost('reveal', file);
    await expect(callHost('reveal', '/does/not/exist')).rejects.toThrow('ENOENT');
    expect(await lineside.app.evaluate(() => (globalThis as unknown as { shown: string[] }).shown)).toEqual([file]);
  });
});

describe('the window', () => {
  it('keeps where it stood, and forgets a place that no screen shows', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'lineside-window-'));
    const stateFile = join(dataDir, 'desktop/window-state.json');
    const bounds = { x: 60, y: 80, width: 1000, height: 700 };
    const boundsOf = (launched: LaunchedElectron): Promise<unknown> =>
      launched.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds());
    try {
      const first = await launchElectron({ checkout: checkout.folder, dataDir });
      await eventually('the window is shown', () =>
        first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() === true),
      );
      await first.app.evaluate(
        ({ BrowserWindow }, wanted) => BrowserWindow.getAllWindows()[0]?.setBounds(wanted),
        bounds,
      );
      await eventually('it has moved', async () => isDeepStrictEqual(await boundsOf(first), bounds));
      await first.close();
      expect(JSON.parse(await readFile(stateFile, 'utf8'))).toEqual({ bounds, isMaximized: false });

      const second = await launchElectron({ checkout: checkout.folder, dataDir });
      await eventually('it stands where it stood', async () => isDeepStrictEqual(await boundsOf(second), bounds));
      await second.close();

      await writeFile(stateFile, JSON.stringify({ bounds: { ...bounds, x: 90_000 }, isMaximized: false }));
      const third = await launchElectron({ checkout: checkout.folder, dataDir });
      expect(await boundsOf(third)).not.toMatchObject({ x: 90_000 });
      await third.close();
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it('is one: a second start with the same data leaves and shows the first', async () => {
    await lineside.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize());
    const [command = '', ...args] = lineside.app.process().spawnargs;
    const second = spawn(
      command,
      args.filter((arg) => !/^--(inspect|remote-debugging)/.test(arg)),
      {
        env: { ...process.env, LINESIDE_TEST_MAIN: join(checkout.folder, 'out/app/main.cjs') },
        stdio: 'ignore',
      },
    );
    expect(await once(second, 'exit')).toEqual([0, null]);
    const windows = (): Promise<boolean[]> =>
      lineside.app.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows().map((window) => window.isVisible() && !window.isMinimized()),
      );
    await eventually('the first window is shown', async () => JSON.stringify(await windows()) === '[true]');
  });

  it('says so when the backend does not start, and goes on trying', async () => {
    const breakFile = join(checkout.folder, 'break');
    const broken = await launchElectron({ checkout: checkout.folder, env: { BREAK_FILE: breakFile } });
    await broken.page.waitForFunction(() => window.testPage.ports === 1);
    await broken.app.evaluate(({ dialog }) => {
      const said: unknown[] = [];
      Object.assign(globalThis, { said });
      const showMessageBox = (options: unknown): Promise<{ response: number; checkboxChecked: boolean }> => {
        said.push(options);
        return Promise.resolve({ response: 0, checkboxChecked: false });
      };
      Object.assign(dialog, { showMessageBox });
    });
    await writeFile(breakFile, '');
    for (const pid of await broken.backendPids()) process.kill(pid, 'SIGKILL');

    const said = (): Promise<{ message: string; detail: string }[]> =>
      broken.app.evaluate(() => Reflect.get(globalThis, 'said') as { message: string; detail: string }[]);
    await eventually('it says so', async () => (await said()).length > 0);
    const [notice] = await said();
    expect(notice?.message).toBe('The background part of Lineside does not start.');
    expect(notice?.detail).toContain('the backend could not start: no backend today');

    await rm(breakFile);
    await broken.page.waitForFunction(() => window.testPage.ports === 2);
    await broken.close();
  });
});
