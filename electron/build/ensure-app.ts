// Bundles main and preload into out/app when they are missing there or older than their sources; the rest runs from its sources.
import { join } from 'node:path';
import { bundleElectronPrograms } from './bundle.ts';
import { appFolder, isStale } from './paths.ts';

const SOURCES = ['electron/main', 'electron/preload', 'electron/build', 'shared', 'package.json'];

/** The main process's program, as new as its sources. */
export async function ensureApp(): Promise<string> {
  const main = join(appFolder, 'main.cjs');
  if (await isStale(main, SOURCES)) await bundleElectronPrograms();
  return main;
}
