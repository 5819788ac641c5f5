// Starts the desktop application for tests: the real bundle, in a real Electron, on a data folder of its own.
import type * as nodeFileSystem from 'node:fs';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { findElectron, repositoryRoot } from '../house/vehicles.ts';

type NodeFileSystem = typeof nodeFileSystem;

export interface LaunchOptions {
  /** Holds out/app and out/renderer, as a checkout does. Default: this checkout, which must be built. */
  readonly checkout?: string;
  /** Default: a new folder, deleted by `close`. */
  readonly dataDir?: string;
  /** Further command-line switches. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A program that runs Electron with the arguments that it is given. Default: Electron itself. */
  readonly wrapper?: string;
  /** Runs with the operating system's sandbox, which root cannot have. */
  readonly hasSandbox?: boolean;
}

export interface LaunchedElectron {
  readonly app: ElectronApplication;
  /** The first window's page, its document loaded. */
  readonly page: Page;
  readonly dataDir: string;
  /** Everything that main, and the backend below it, wrote to stderr so far. */
  stderr(): string;
  /** What the page said on its console so far, errors and refusals among it. */
  pageConsole(): string[];
  /** Process ids of the backend processes below main, oldest first. */
  backendPids(): Promise<number[]>;
  /** Quits in the ordinary way and deletes what was made for this launch. */
  close(): Promise<void>;
}

/** A busy machine with two cores and a cold disk takes its time. */
const LAUNCH_LIMIT_MS = 90_000;

/** Launches and waits for the first window. @throws when there is no Electron, no display or no window */
export async function launchElectron(options: LaunchOptions = {}): Promise<LaunchedElectron> {
  const electron = findElectron();
  if ('missing' in electron) throw new Error(electron.missing);
  const checkout = options.checkout ?? repositoryRoot;
  const main = join(checkout, 'out/app/main.cjs');
  if (!existsSync(main)) throw new Error(`${main} is missing; run npm run build`);

  const work = await mkdtemp(join(tmpdir(), 'lineside-electron-'));
  const dataDir = options.dataDir ?? join(work, 'data');
  const appArguments = await placeStarter(dirname(electron.path));
  const app = await _electron.launch({
    executablePath: options.wrapper ?? electron.path,
    chromiumSandbox: options.hasSandbox ?? false,
    // No display under test has a GPU: looking for one only makes a process fail and start again.
    args: [...appArguments, '--disable-gpu', `--data-dir=${dataDir}`, ...(options.args ?? [])],
    env: {
      ...inheritedEnvironment(),
      LANG: 'en_US.UTF-8',
      ...options.env,
      LINESIDE_TEST_MAIN: main,
      LINESIDE_TEST_DRIVEN: '1',
    },
    timeout: LAUNCH_LIMIT_MS,
  });
  let stderr = '';
  app.process().stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const page = await app.firstWindow({ timeout: LAUNCH_LIMIT_MS });
  const pageConsole: string[] = [];
  page.on('console', (message) => pageConsole.push(message.text()));
  await page.waitForLoadState('domcontentloaded');

  return {
    app,
    page,
    dataDir,
    stderr: () => stderr,
    pageConsole: () => [...pageConsole],
    backendPids: () => app.evaluate(listBackends),
    async close() {
      await app.close().finally(() => rm(work, { recursive: true, force: true }));
    },
  };
}

/** Runs in main. */
function listBackends(): number[] {
  const { readdirSync, readFileSync } = process.mainModule?.require('node:fs') as NodeFileSystem;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return (
          Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/hosts/child.ts')
        );
      } catch {
        return false; // It ended while we looked.
      }
    })
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * Gives the arguments that make Electron run the starter. An ordinary distribution takes it as an argument; one without
 * Electron's default app runs only resources/app, which is then linked to it.
 */
async function placeStarter(distribution: string): Promise<string[]> {
  const starter = join(repositoryRoot, 'out/electron-starter');
  await mkdir(starter, { recursive: true });
  await writeFile(
    join(starter, 'package.json'),
    JSON.stringify({ name: 'lineside', version: '0.0.0', main: 'start.cjs' }),
  );
  const bootstrap = join(repositoryRoot, 'test/electron/bootstrap.cjs');
  await writeFile(join(starter, 'start.cjs'), `require(${JSON.stringify(bootstrap)});\n`);
  const resources = join(resolve(distribution), 'resources');
  if (existsSync(join(resources, 'default_app.asar'))) return [starter];
  const link = join(resources, 'app');
  const target = await readlink(link).catch(() => null);
  if (target === starter) return [];
  if (target === null && existsSync(link)) throw new Error(`${link} is an application already; name a bare Electron`);
  await rm(link, { force: true });
  await symlink(starter, link);
  return [];
}

function inheritedEnvironment(): Record<string, string> {
  const dropped = new Set(['NODE_OPTIONS', 'ELECTRON_RUN_AS_NODE', 'LINESIDE_DATA_DIR']);
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !dropped.has(entry[0]) && !entry[0].startsWith('VITEST'),
  );
  return Object.fromEntries(kept);
}
