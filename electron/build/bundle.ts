// Bundles the programs of the laptop side with esbuild: hosts and sidecars as ES modules for Node 24, main and preload as CommonJS for Electron.
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { appFolder, repositoryRoot } from './paths.ts';

/** Programs that run on plain Node, as they are named in electron/hosts. */
const NODE_ENTRIES = ['child', 'serve', 'cli', 'bench-runner'] as const;

/** Native or optional: loaded from node_modules at run time, or not at all. */
const EXTERNAL = ['onnxruntime-node', 'onnxruntime-common', 'cpu-features', '*.node'];

/** CommonJS dependencies inside an ES module still ask for `require` and the folder they lie in. */
const NODE_BANNER = [
  "import { createRequire as makeRequire } from 'node:module';",
  "import { dirname as folderOf } from 'node:path';",
  "import { fileURLToPath as toPath } from 'node:url';",
  'const require = makeRequire(import.meta.url);',
  'const __filename = toPath(import.meta.url);',
  'const __dirname = folderOf(__filename);',
].join('\n');

const common: BuildOptions = {
  absWorkingDir: repositoryRoot,
  bundle: true,
  platform: 'node',
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  logLevel: 'warning',
};

/** Imports that only a checkout ever reaches stay imports: nothing of the build itself gets into a program. */
const withoutBuildScripts: Plugin = {
  name: 'without-build-scripts',
  setup(builder) {
    builder.onResolve({ filter: /\/build\/ensure-renderer\.ts$/ }, ({ path }) => ({ path, external: true }));
  },
};

/** Hosts and sidecars into out/app/*.mjs, with the sample models beside them. */
export async function bundleNodePrograms(): Promise<void> {
  await build({
    ...common,
    entryPoints: NODE_ENTRIES.map((name) => `electron/hosts/${name}.ts`),
    outdir: appFolder,
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    target: 'node24',
    external: EXTERNAL,
    banner: { js: NODE_BANNER },
    plugins: [withoutBuildScripts],
  });
  const samples = join(appFolder, 'samples');
  await rm(samples, { recursive: true, force: true });
  await mkdir(appFolder, { recursive: true });
  await cp(join(repositoryRoot, 'electron/samples'), samples, { recursive: true });
}

/** Main and preload into out/app/*.cjs, for every Electron from Chromium 108 and Node 16 on. */
export async function bundleElectronPrograms(): Promise<void> {
  const options: BuildOptions = {
    ...common,
    format: 'cjs',
    external: ['electron'],
    outdir: appFolder,
    outExtension: { '.js': '.cjs' },
  };
  await Promise.all([
    build({ ...options, entryPoints: ['electron/main/main.ts'], target: 'node16' }),
    build({ ...options, entryPoints: ['electron/preload/preload.ts'], target: 'chrome108' }),
  ]);
}
