/**
 * Finds what the web and electron suites drive: a Chromium, an Electron binary, a display.
 * A thing that is not there is answered with the reason, so that its tests are reported as skipped and never as passed.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** Where a vehicle lies, or one sentence on why there is none. */
export type Vehicle = { path: string } | { missing: string };

export const repositoryRoot = resolve(import.meta.dirname, '../..');

/** Default folder of the provisioned Electron test vehicle, relative to the repository root. */
export const defaultElectronFolder = 'out/electron-test';

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first executable of this name on PATH, or undefined. */
export function findOnPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** The Chromium of the web suite: LINESIDE_CHROMIUM, else the system's own. */
export function findChromium(): Vehicle {
  const named = process.env['LINESIDE_CHROMIUM'];
  if (named !== undefined && named !== '') {
    return isExecutable(named) ? { path: named } : { missing: `LINESIDE_CHROMIUM names ${named}, which cannot be run` };
  }
  const found = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
    .map(findOnPath)
    .find((path) => path !== undefined);
  return found === undefined
    ? { missing: 'no Chromium is installed; install the package chromium or set LINESIDE_CHROMIUM' }
    : { path: found };
}

/** The executable of the Electron folder: ELECTRON_OVERRIDE_DIST_PATH, else the provisioned test vehicle. */
export function findElectron(): Vehicle {
  const named = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const folder = named !== undefined && named !== '' ? resolve(named) : join(repositoryRoot, defaultElectronFolder);
  const path = join(folder, 'electron');
  if (existsSync(join(folder, 'version')) && isExecutable(path)) return { path };
  return {
    missing: `no Electron binary in ${named ?? defaultElectronFolder}; run test/electron/provision/provision-electron.ts or set ELECTRON_OVERRIDE_DIST_PATH`,
  };
}

/** Debian's `docker-registry`, which the tests of push and pull drive. */
export function findDockerRegistry(): Vehicle {
  return findPeer('docker-registry');
}

/** `skopeo`, which copies what we wrote and is copied from. */
export function findSkopeo(): Vehicle {
  return findPeer('skopeo');
}

function findPeer(program: string): Vehicle {
  const path = findOnPath(program);
  return path === undefined ? { missing: `no ${program} is installed; install the package ${program}` } : { path };
}

/** The display that an Electron window opens on. */
export function findDisplay(): Vehicle {
  const display = process.env['DISPLAY'];
  return display !== undefined && display !== ''
    ? { path: display }
    : { missing: 'no display; install the packages xvfb and xauth, or set DISPLAY' };
}

/** Why the web suite cannot run here, or undefined when it can. */
export function webSuiteObstacle(): string | undefined {
  const chromium = findChromium();
  return 'missing' in chromium ? chromium.missing : undefined;
}

/** Why the electron suite cannot run here, or undefined when it can; `hasDisplay` when the caller provides a display. */
export function electronSuiteObstacle(hasDisplay = false): string | undefined {
  const electron = findElectron();
  if ('missing' in electron) return electron.missing;
  const display = findDisplay();
  if (hasDisplay) return undefined;
  return 'missing' in display ? display.missing : undefined;
}
