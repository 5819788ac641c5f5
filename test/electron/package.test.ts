// The packed application, made with the test vehicle's Electron: what is in it, its fuses, and that its programs run where it lies.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findElectron, repositoryRoot } from '../house/vehicles.ts';

const run = promisify(execFile);
const MINUTE_MS = 60_000;
let work: string;
let packed: string;

beforeAll(async () => {
  const electron = findElectron();
  if ('missing' in electron) throw new Error(electron.missing);
  work = await mkdtemp(join(tmpdir(), 'lineside-package-'));
  const distribution = dirname(electron.path);
  await rm(join(distribution, 'resources/app'), { force: true }); // The link of a test that ran before.
  const script = join(repositoryRoot, 'electron/build/package.ts');
  // The fuse came after the vehicle's Electron.
  const args = [script, '--dist', distribution, '--without-fuse', 'grantFileProtocolExtraPrivileges'];
  await run(process.execPath, args, { cwd: repositoryRoot, maxBuffer: 2 ** 26 });
  packed = join(work, 'Lineside here');
  await moveOrCopy(join(repositoryRoot, 'out/package/linux-unpacked'), packed);
}, 5 * MINUTE_MS);

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

/** Away from the checkout, where nothing can be found by accident. */
async function moveOrCopy(from: string, to: string): Promise<void> {
  await rename(from, to).catch(async () => {
    await run('cp', ['-r', from, to]);
    await rm(from, { recursive: true });
  });
}

interface ArchiveEntry {
  readonly files?: Readonly<Record<string, ArchiveEntry>>;
}

/** Paths in an asar archive: its header is JSON, its length at byte 12. */
async function archivedFiles(archive: string): Promise<string[]> {
  const bytes = await readFile(archive);
  const header = JSON.parse(bytes.subarray(16, 16 + bytes.readUInt32LE(12)).toString('utf8')) as ArchiveEntry;
  const walk = (entry: ArchiveEntry, path: string): string[] =>
    entry.files === undefined
      ? [path]
      : Object.entries(entry.files).flatMap(([name, inner]) => walk(inner, `${path}/${name}`));
  return walk(header, '');
}

const backendFile = (name: string): string => join(packed, 'resources/app.asar.unpacked/out/app', name);

describe('the packed application', () => {
  it('has every fuse as it should be', async () => {
    const wire = await getCurrentFuseWire(join(packed, 'lineside'));
    expect(wire[FuseV1Options.RunAsNode]).toBe(FuseState.DISABLE);
    expect(wire[FuseV1Options.EnableCookieEncryption]).toBe(FuseState.ENABLE);
    expect(wire[FuseV1Options.EnableNodeOptionsEnvironmentVariable]).toBe(FuseState.DISABLE);
    expect(wire[FuseV1Options.EnableNodeCliInspectArguments]).toBe(FuseState.DISABLE);
    expect(wire[FuseV1Options.EnableEmbeddedAsarIntegrityValidation]).toBe(FuseState.ENABLE);
    expect(wire[FuseV1Options.OnlyLoadAppFromAsar]).toBe(FuseState.ENABLE);
  });

  it('holds the application’s own files and the one native module, and nothing else', async () => {
    const files = await archivedFiles(join(packed, 'resources/app.asar'));
    const strange = files.filter(
      (file) =>
        !/^\/(out|out\/(app|renderer)(\/.*)?|package\.json|node_modules(\/onnxruntime-node(\/.*)?)?)$/.test(file),
    );
    expect(strange).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(['/out/app/main.cjs', '/out/app/preload.cjs', '/out/renderer/index.html']),
    );
    expect(files.filter((file) => /\.(map|ts)$|napi-v6\/(darwin|win32)|linux\/arm64/.test(file))).toEqual([]);
  });

  it('keeps outside the archive what plain Node runs and what goes to devices', () => {
    for (const name of ['child.mjs', 'serve.mjs', 'cli.mjs', 'bench-runner.mjs', 'samples/digits-mobilenet.onnx']) {
      expect(existsSync(backendFile(name)), name).toBe(true);
    }
    expect(readdirSync(backendFile('kits')).sort()).toEqual(['kit-linux-arm64', 'kit-linux-x64']);
    expect(readdirSync(join(packed, 'locales')).sort()).toEqual(['en-US.pak', 'zh-CN.pak']);
  });

  it(
    'runs its command line, with a benchmark in the sidecar, on the Node that it carries',
    async () => {
      const node = join(packed, 'resources/node/bin/node');
      const cli = (...args: string[]): Promise<{ stdout: string }> =>
        run(node, [backendFile('cli.mjs'), ...args, '--data-dir', join(work, 'data')], { cwd: work });
      await cli('model', 'import', backendFile('samples/digits-mobilenet.onnx'), '--name', 'digits');
      const { stdout } = await cli('bench', 'digits', '--duration', '1s', '--no-noise-floor', '--json');
      expect(JSON.parse(stdout)).toMatchObject({ results: [{ model: { name: 'digits', version: '1' } }] });
    },
    MINUTE_MS,
  );
});
