// Bundles the desktop's programs into out/app when they are missing there or older than their sources.
import { join } from 'node:path';
import { bundleElectronPrograms, bundleNodePrograms } from './bundle.ts';
import { appFolder, isStale } from './paths.ts';

const SOURCES = [
  'electron/main',
  'electron/preload',
  'electron/hosts',
  'electron/backend',
  'electron/build',
  'devices',
  'shared',
  'package.json',
];

/** Folder of programs that are as new as their sources. */
export async function ensureApp(): Promise<string> {
  if (await isStale(join(appFolder, 'main.cjs'), SOURCES)) {
    await bundleNodePrograms();
    await bundleElectronPrograms(); // Last: its time says that all of it is there.
  }
  return appFolder;
}
