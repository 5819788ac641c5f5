// Finds out whether the desktop window can open here: an Electron that is new enough, a display, a user that Chromium can sandbox.
import { accessSync, constants, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { repositoryRoot } from './paths.ts';

/** The executable, or one half sentence on why there is no window. */
export type Desktop = { readonly electron: string } | { readonly missing: string };

/** The first Electron whose main process and page have all that ours use. */
const OLDEST_MAJOR = 30;

/** Looks for Electron where ELECTRON_OVERRIDE_DIST_PATH says, else where its npm package puts it. Starts no download. */
export function findDesktop(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
  userId: number | undefined,
): Desktop {
  const folder = resolve(
    environment['ELECTRON_OVERRIDE_DIST_PATH'] || join(repositoryRoot, 'node_modules/electron/dist'),
  );
  const executable = join(folder, EXECUTABLES[platform] ?? 'electron');
  if (!isExecutable(executable)) return { missing: 'there is no Electron binary' };
  const version = readVersion(folder);
  if (Number.parseInt(version, 10) < OLDEST_MAJOR) return { missing: `Electron ${version} is too old` };
  if (platform === 'linux' && !environment['DISPLAY'] && !environment['WAYLAND_DISPLAY'])
    return { missing: 'there is no display' };
  if (platform === 'linux' && userId === 0) return { missing: 'Electron does not run as root' };
  return { electron: executable };
}

const EXECUTABLES: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readVersion(folder: string): string {
  try {
    return readFileSync(join(folder, 'version'), 'utf8').trim().replace(/^v/, '');
  } catch {
    return 'of an unknown version';
  }
}
