// Bundles the agent's programs into single files that run on the kit's Node without node_modules.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Esbuild from 'esbuild';
import { AppError } from '../../shared/errors/app-error.ts';

/** Output names are what the programs call each other by. */
const entryPoints = {
  main: 'devices/agent/main.ts',
  'worker-main': 'devices/agent/inference/worker-main.ts',
  'bench-runner': 'devices/agent/bench/bench-runner.ts',
  'inventory-main': 'devices/agent/inventory/inventory-main.ts',
  setup: 'devices/kit/on-device/setup-main.ts',
};

/** CommonJS packages inside an ES module still ask for `require`. */
const banner = "import { createRequire as lsRequire } from 'node:module';const require = lsRequire(import.meta.url);";

/** Native or for other systems: never reached on a device, where the runtime is loaded from the kit's own folder. */
const external = ['onnxruntime-node', 'onnxruntime-common', '*.node', 'osx-temperature-sensor'];

/** esbuild is a development dependency: asked for by a name that no bundler follows into a package. */
function loadEsbuild(): typeof Esbuild {
  const name = 'esbuild';
  try {
    return createRequire(import.meta.url)(name) as typeof Esbuild;
  } catch (error) {
    throw new AppError(
      'KIT_UNAVAILABLE',
      'The device kit cannot be built without esbuild; run npm ci in the checkout, or use a packaged Lineside.',
      { cause: error },
    );
  }
}

/**
 * Bundles into a folder below `cacheDir` that is named after its content; returns that folder.
 * @throws KIT_UNAVAILABLE
 */
export async function bundleAgent(repositoryRoot: string, cacheDir: string): Promise<string> {
  const esbuild = loadEsbuild();
  await mkdir(cacheDir, { recursive: true });
  const scratch = await mkdtemp(join(cacheDir, '.agent-'));
  try {
    await esbuild.build({
      absWorkingDir: repositoryRoot,
      entryPoints,
      outdir: scratch,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      external,
      banner: { js: banner },
      legalComments: 'none',
      logLevel: 'silent',
    });
    const hash = createHash('sha256');
    for (const name of (await readdir(scratch)).toSorted())
      hash.update(`${name}\0`).update(await readFile(join(scratch, name)));
    const folder = join(cacheDir, `agent-${hash.digest('hex').slice(0, 16)}`);
    if (!existsSync(folder)) {
      try {
        await rename(scratch, folder);
      } catch (error) {
        // Another process made the same folder in between: its content is the same.
        if (!existsSync(folder)) throw error;
      }
    }
    return folder;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      'KIT_UNAVAILABLE',
      `The device kit cannot be built: ${error instanceof Error ? error.message : String(error)}.`,
      { cause: error },
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
