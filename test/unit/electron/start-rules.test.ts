// What `npm start` and `serve` decide before they do anything.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findDesktop } from '../../../electron/build/desktop.ts';
import { readServeOptions } from '../../../electron/hosts/serve/serve-options.ts';
import { sanitizeFileName } from '../../../electron/hosts/serve/uploads.ts';

describe('the desktop window', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lineside-dist-'));
    writeFileSync(join(folder, 'version'), '45.4.1\n');
    writeFileSync(join(folder, 'electron'), '#!/bin/sh\n');
    chmodSync(join(folder, 'electron'), 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const find = (extra: NodeJS.ProcessEnv = { DISPLAY: ':0' }, userId = 1000) =>
    findDesktop({ ELECTRON_OVERRIDE_DIST_PATH: folder, ...extra }, 'linux', userId);

  it('opens where there is an Electron, a display and an ordinary user', () => {
    expect(find()).toEqual({ electron: join(folder, 'electron') });
    expect(find({ WAYLAND_DISPLAY: 'wayland-0' })).toEqual({ electron: join(folder, 'electron') });
  });

  it('says why it does not open', () => {
    expect(find({})).toEqual({ missing: 'there is no display' });
    expect(find({ DISPLAY: ':0' }, 0)).toEqual({ missing: 'Electron does not run as root' });
    writeFileSync(join(folder, 'version'), '22.3.25');
    expect(find()).toEqual({ missing: 'Electron 22.3.25 is too old' });
    rmSync(join(folder, 'electron'));
    expect(find()).toEqual({ missing: 'there is no Electron binary' });
  });
});

describe('the command line of the web host', () => {
  it('is read', () => {
    expect(readServeOptions([])).toEqual({ opensBrowser: true });
    expect(readServeOptions(['--port', '0', '--data-dir', '/d', '--no-open'])).toEqual({
      port: 0,
      dataDir: '/d',
      opensBrowser: false,
    });
  });

  it.each([
    [['--port', 'x']],
    [['--port', '70000']],
    [['--port', '-1']],
    [['--port', '1e3']],
    [['--what']],
    [['extra']],
  ])('refuses %j', (argv) => {
    expect(() => readServeOptions(argv)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('the name of an upload', () => {
  it.each([
    ['model.onnx', 'model.onnx'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\models\\a b.onnx', 'a_b.onnx'],
    ['模型 v1.onnx', '模型_v1.onnx'],
    ['.bashrc', 'bashrc'],
    ['-rf', 'rf'],
    ['', 'upload'],
    ['..', 'upload'],
    ['a\0b\n.onnx', 'a_b_.onnx'],
    [`${'x'.repeat(300)}.onnx`, `${'x'.repeat(115)}.onnx`],
  ])('%j becomes %j', (name, safe) => {
    expect(sanitizeFileName(name)).toBe(safe);
  });
});
