// Rules of the desktop window that need no window: preferences, menu, kept state, where its parts lie.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { appPaths } from '../../../electron/main/app-paths.ts';
import { menuLabels } from '../../../electron/main/menu-labels.ts';
import { menuTemplate } from '../../../electron/main/menu-template.ts';
import { createWebPreferences } from '../../../electron/main/web-preferences.ts';
import { readWindowState, writeWindowState } from '../../../electron/main/window-state.ts';

describe('the web preferences', () => {
  it('cannot be loosened', () => {
    const preferences = createWebPreferences('/preload.cjs', { hasDevTools: false });
    expect(Object.isFrozen(preferences)).toBe(true);
    expect(preferences).toEqual({
      preload: '/preload.cjs',
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: false,
    });
  });
});

describe('the menu', () => {
  const roles = (hasDevTools: boolean): unknown[] =>
    menuTemplate(menuLabels('en-US'), { hasDevTools }).flatMap((menu) =>
      Array.isArray(menu.submenu) ? menu.submenu.map((item) => item.role) : [],
    );

  it('has developer tools in development only', () => {
    expect(roles(true)).toContain('toggleDevTools');
    expect(roles(false)).not.toContain('toggleDevTools');
  });

  it('speaks Chinese where the system does, and English everywhere else', () => {
    expect(menuLabels('zh-CN').quit).toBe('退出');
    expect(menuLabels('ZH').quit).toBe('退出');
    expect(menuLabels('de').quit).toBe('Quit');
    expect(Object.values(menuLabels('zh-CN')).every((label) => label !== '')).toBe(true);
  });
});

describe('the kept window state', () => {
  const screens = [
    { x: 0, y: 0, width: 1920, height: 1080 },
    { x: 1920, y: 0, width: 1280, height: 1024 },
  ];
  const bounds = { x: 100, y: 100, width: 1000, height: 700 };
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lineside-state-'));
    file = join(folder, 'window-state.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('comes back as it was kept', () => {
    writeWindowState(file, { bounds, isMaximized: true });
    expect(readWindowState(file, screens)).toEqual({ bounds, isMaximized: true });
  });

  it.each([
    ['on the second screen', { ...bounds, x: 2000 }, true],
    ['with its left half off the screen', { ...bounds, x: -500 }, true],
    ['with only a sliver on the screen', { ...bounds, x: -950 }, false],
    ['above the screen', { ...bounds, y: -50 }, false],
    ['below the screen', { ...bounds, y: 1060 }, false],
    ['on a screen that is gone', { ...bounds, x: 5000 }, false],
    ['too small to see', { ...bounds, width: 20 }, false],
  ])('%s: kept or forgotten', (_where, at, isKept) => {
    writeWindowState(file, { bounds: at, isMaximized: false });
    expect(readWindowState(file, screens) !== null).toBe(isKept);
  });

  it.each(['', 'not json', '{}', '{"bounds":{"x":"1"}}', '[]'])('is forgotten when the file holds %j', (text) => {
    writeFileSync(file, text);
    expect(readWindowState(file, screens)).toBe(null);
  });

  it('is none at the first start, and a folder that is gone does no harm', () => {
    expect(readWindowState(join(folder, 'none.json'), screens)).toBe(null);
    const said = vi.spyOn(console, 'error').mockReturnValue();
    writeWindowState(join(folder, 'gone/state.json'), { bounds, isMaximized: false });
    expect(said).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('was not kept: ENOENT'));
    said.mockRestore();
  });
});

describe('the parts of the application', () => {
  it('lie in the checkout, where the backend runs from its sources', () => {
    const paths = appPaths('/work/out/app', { isPackaged: false, resourcesFolder: '/electron/resources' });
    expect(paths).toEqual({
      preload: '/work/out/app/preload.cjs',
      page: '/work/out/renderer',
      backend: '/work/electron/hosts/child.ts',
      node: '/work/node_modules/.bin/node',
    });
  });

  it('lie in the package, with the backend outside the archive', () => {
    const paths = appPaths('/opt/app.asar/resources/app.asar/out/app', {
      isPackaged: true,
      resourcesFolder: '/opt/resources',
    });
    expect(paths.preload).toBe('/opt/app.asar/resources/app.asar/out/app/preload.cjs');
    expect(paths.node).toBe('/opt/resources/node/bin/node');
    expect(paths.backend).toBe('/opt/app.asar/resources/app.asar.unpacked/out/app/child.mjs');
  });
});
