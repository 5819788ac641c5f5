// Builds the offline device kit from a checkout: a Node binary, ONNX Runtime's library and the bundled agent.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError, cancelled } from '../../shared/errors/app-error.ts';
import { bundleAgent } from './bundle-agent.ts';
import { createKit, createKitPart, type Kit, type KitArchitecture } from './kit.ts';
import { measureKitFile } from './kit-file.ts';
import { findNodeBinary } from './node-binary.ts';

export interface BuildKitOptions {
  readonly architecture: KitArchitecture;
  /** For what is fetched and bundled; may be deleted at any time. */
  readonly cacheDir: string;
  readonly signal?: AbortSignal;
  /** One short sentence a step. */
  readonly onProgress?: (step: string) => void;
}

const runtimeFiles = ['libonnxruntime.so.1', 'onnxruntime_binding.node'] as const;

async function versionIn(packageFolder: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/**
 * Builds the kit for one architecture; what has not changed gives the same ids again.
 * @throws KIT_UNAVAILABLE when a piece is missing and cannot be fetched, CANCELLED
 */
export async function buildKit(options: BuildKitOptions): Promise<Kit> {
  const { architecture, cacheDir, signal, onProgress } = options;
  // Bundled programs lie elsewhere and have nothing to build from.
  const isCheckout = import.meta.url.endsWith('.ts');
  const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));
  const runtimeFolder = join(repositoryRoot, 'node_modules/onnxruntime-node');
  const libraryFolder = join(runtimeFolder, 'bin/napi-v6/linux', architecture);
  if (!isCheckout || !existsSync(libraryFolder)) {
    throw new AppError(
      'KIT_UNAVAILABLE',
      `There is no device kit for ${architecture} here; ${isCheckout ? 'run npm ci in the checkout' : 'install a Lineside package that holds it'}.`,
      { details: { architecture } },
    );
  }
  try {
    onProgress?.('Getting Node for the device');
    const node = await findNodeBinary(architecture, repositoryRoot, cacheDir, signal);
    onProgress?.('Bundling the agent');
    const agentFolder = await bundleAgent(repositoryRoot, cacheDir);
    onProgress?.('Measuring the kit');
    const version = await versionIn(repositoryRoot);
    const nodeFile = await measureKitFile('node', node.path, 0o755, signal);
    const libraries = await Promise.all(
      runtimeFiles.map((name) => measureKitFile(name, join(libraryFolder, name), 0o644, signal)),
    );
    const programs = await Promise.all(
      (await readdir(agentFolder)).map((name) => measureKitFile(name, join(agentFolder, name), 0o644, signal)),
    );
    return createKit(architecture, version, [
      createKitPart('node', node.version, [nodeFile]),
      createKitPart('onnxruntime', await versionIn(runtimeFolder), libraries),
      createKitPart('agent', version, programs),
    ]);
  } catch (error) {
    if (signal?.aborted) throw cancelled('Building the device kit');
    throw error;
  }
}
