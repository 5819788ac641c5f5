// Where the parts of the application lie, seen from the bundled main process: in a checkout (out/app) and in a package (app.asar).
import { join } from 'node:path';

export interface AppPaths {
  readonly preload: string;
  /** Folder of the built page. */
  readonly page: string;
  /** The backend's program: outside the archive, because plain Node cannot read inside it. */
  readonly backend: string;
  /** The plain Node binary that runs the backend. */
  readonly node: string;
}

/**
 * `bundleFolder`: folder of the bundled main process; `resourcesFolder`: Electron's own. In a checkout the backend runs from
 * its sources, as every other program there does.
 */
export function appPaths(bundleFolder: string, options: { isPackaged: boolean; resourcesFolder: string }): AppPaths {
  const shell = { preload: join(bundleFolder, 'preload.cjs'), page: join(bundleFolder, '../renderer') };
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  if (!options.isPackaged) {
    const checkout = join(bundleFolder, '../..');
    return {
      ...shell,
      backend: join(checkout, 'electron/hosts/child.ts'),
      node: join(checkout, 'node_modules/.bin', binary),
    };
  }
  return {
    ...shell,
    backend: join(bundleFolder.replace(/app\.asar(?=[\\/]out[\\/]app$)/, 'app.asar.unpacked'), 'child.mjs'),
    node: join(options.resourcesFolder, 'node/bin', binary),
  };
}
