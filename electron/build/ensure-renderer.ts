// Builds the page into out/renderer when it is missing there or older than its sources.
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isStale, rendererFolder, repositoryRoot } from './paths.ts';

const SOURCES = ['renderer', 'shared', 'package.json'];

/** Folder of a page that is as new as its sources. Says on stderr when it has to be built, which takes seconds. */
export async function ensureRenderer(): Promise<string> {
  if (await isStale(join(rendererFolder, 'index.html'), SOURCES)) {
    process.stderr.write('Building the page ...\n');
    await buildRenderer();
  }
  return rendererFolder;
}

/** Builds the page beside the old one and puts it in its place when it is whole. */
export async function buildRenderer(): Promise<void> {
  const { build } = await import('vite');
  const root = join(repositoryRoot, 'renderer');
  const fresh = `${rendererFolder}-${process.pid}`;
  try {
    await build({
      root,
      configFile: join(root, 'vite.config.ts'),
      mode: 'production',
      logLevel: 'warn',
      build: { outDir: fresh, emptyOutDir: true },
    });
    await mkdir(join(rendererFolder, '..'), { recursive: true });
    await rm(rendererFolder, { recursive: true, force: true });
    await rename(fresh, rendererFolder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
