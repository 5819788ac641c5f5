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

/** `bundleFolder`: folder of the bundled main process; `resourcesFolder`: Electron's own. */
export function appPaths(bundleFolder: string, options: { isPackaged: boolean; resourcesFolder: string }): AppPaths {
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  return {
    preload: join(bundleFolder, 'preload.cjs'),
    page: join(bundleFolder, '../renderer'),
    backend: join(bundleFolder.replace(/app\.asar(?=[\\/]|$)/, 'app.asar.unpacked'), 'child.mjs'),
    node: options.isPackaged
      ? join(options.resourcesFolder, 'node/bin', binary)
      : join(bundleFolder, '../../node_modules/.bin', binary),
  };
}
