// Gets the Node binary for a device's architecture: from node_modules, else from the registry, checked against the lockfile.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { AppError, cancelled } from '../../shared/errors/app-error.ts';
import type { KitArchitecture } from './kit.ts';

const run = promisify(execFile);

export interface NodeBinary {
  readonly path: string;
  readonly version: string;
}

interface Pin {
  readonly version: string;
  /** Subresource integrity, `sha512-…`. */
  readonly integrity: string;
}

function unavailable(architecture: string, what: string, cause?: unknown): AppError {
  return new AppError('KIT_UNAVAILABLE', `The device kit for ${architecture} cannot be built: ${what}.`, {
    details: { architecture },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Version and digest that package-lock.json fixes for an npm package. */
async function readPin(repositoryRoot: string, packageName: string, architecture: string): Promise<Pin> {
  try {
    const lock = JSON.parse(await readFile(join(repositoryRoot, 'package-lock.json'), 'utf8')) as {
      packages?: Record<string, Partial<Pin> | undefined>;
    };
    const { version, integrity } = lock.packages?.[`node_modules/${packageName}`] ?? {};
    if (version !== undefined && integrity?.startsWith('sha512-')) return { version, integrity };
  } catch (error) {
    throw unavailable(architecture, 'package-lock.json cannot be read', error);
  }
  throw unavailable(architecture, `package-lock.json does not pin ${packageName}`);
}

async function checkIntegrity(file: string, pin: Pin, architecture: string): Promise<void> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  if (`sha512-${hash.digest('base64')}` === pin.integrity) return;
  throw unavailable(architecture, 'the Node binary from the registry is not the one that package-lock.json names');
}

async function extractBinary(tarball: string, target: string): Promise<void> {
  const unpack = extract();
  const fed = pipeline(createReadStream(tarball), createGunzip(), unpack);
  for await (const entry of unpack) {
    if (entry.header.name === 'package/bin/node')
      await pipeline(entry, createWriteStream(target, { mode: 0o755, flush: true }));
    else entry.resume();
  }
  await fed;
}

/** Downloads the npm package into `cacheDir`; the binary appears there only when it is whole and checked. */
async function fetchBinary(
  packageName: string,
  pin: Pin,
  cacheDir: string,
  architecture: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const folder = join(cacheDir, `${packageName}-${pin.version}`);
  const binary = join(folder, 'node');
  if (existsSync(binary)) return binary;
  await mkdir(cacheDir, { recursive: true });
  const scratch = await mkdtemp(join(cacheDir, '.fetch-'));
  try {
    const parameters = [
      'pack',
      `${packageName}@${pin.version}`,
      '--pack-destination',
      scratch,
      '--ignore-scripts',
      '--silent',
    ];
    const { stdout } = await run('npm', parameters, {
      ...(signal ? { signal } : {}),
      env: { ...process.env, npm_config_update_notifier: 'false' },
    });
    const tarball = join(scratch, stdout.trim().split('\n').at(-1) ?? '');
    await checkIntegrity(tarball, pin, architecture);
    await mkdir(join(scratch, 'whole'));
    await extractBinary(tarball, join(scratch, 'whole', 'node'));
    await rm(folder, { recursive: true, force: true });
    await rename(join(scratch, 'whole'), folder);
    return binary;
  } catch (error) {
    if (signal?.aborted) throw cancelled('Building the device kit');
    if (error instanceof AppError) throw error;
    throw unavailable(
      architecture,
      `${packageName}@${pin.version} could not be fetched from the package registry; connect to it once, or use a packaged Lineside, which holds the kits`,
      error,
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * The plain Node binary of the npm package `node-linux-ARCH`, byte for byte: it is not stripped, because what strip makes
 * depends on the laptop's binutils, and then two laptops would send the same device different parts.
 * @throws KIT_UNAVAILABLE, CANCELLED
 */
export async function findNodeBinary(
  architecture: KitArchitecture,
  repositoryRoot: string,
  cacheDir: string,
  signal?: AbortSignal,
): Promise<NodeBinary> {
  const packageName = `node-linux-${architecture}`;
  const installed = join(repositoryRoot, 'node_modules', packageName);
  const binary = join(installed, 'bin', 'node');
  if (existsSync(binary)) {
    const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { version: string };
    return { path: binary, version };
  }
  const pin = await readPin(repositoryRoot, packageName, architecture);
  return { path: await fetchBinary(packageName, pin, cacheDir, architecture, signal), version: pin.version };
}
