// `npm run package [-- --arch x64|arm64] [--dist FOLDER] [--without-fuse NAME]...`: the desktop application as a folder in
// out/package, offline when FOLDER holds Electron. A fuse that the Electron of FOLDER does not have yet is left out by name.
import { chmod, copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Arch, build, Platform } from 'electron-builder';
import { buildKit } from '../../devices/kit/build-kit.ts';
import { findNodeBinary } from '../../devices/kit/node-binary.ts';
import { writeKit } from '../../devices/kit/prebuilt-kit.ts';
import { bundleElectronPrograms, bundleNodePrograms } from './bundle.ts';
import { buildRenderer } from './ensure-renderer.ts';
import { appFolder, repositoryRoot } from './paths.ts';

const KIT_ARCHITECTURES = ['x64', 'arm64'] as const;
type Architecture = (typeof KIT_ARCHITECTURES)[number];

const cacheDir = join(repositoryRoot, 'node_modules/.cache/lineside-kits');
const nodeFolder = join(repositoryRoot, 'out/node-for-package');

function say(step: string): void {
  process.stderr.write(`${step} ...\n`);
}

interface Request {
  readonly architecture: Architecture;
  readonly electronDist: string | undefined;
  readonly fusesLeftOut: readonly string[];
}

function readRequest(): Request {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string' },
      dist: { type: 'string' },
      'without-fuse': { type: 'string', multiple: true, default: [] },
    },
  });
  const architecture = KIT_ARCHITECTURES.find((known) => known === (values.arch ?? process.arch));
  if (architecture === undefined) throw new Error(`--arch takes ${KIT_ARCHITECTURES.join(' or ')}`);
  const electronDist = values.dist ?? process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  return { architecture, electronDist, fusesLeftOut: values['without-fuse'] };
}

/** The Electron in a folder says which one it is; without a folder it is the one of package.json. */
async function electronVersion(electronDist: string | undefined): Promise<string> {
  const said =
    electronDist === undefined ? null : await readFile(join(electronDist, 'version'), 'utf8').catch(() => null);
  if (said !== null) return said.trim().replace(/^v/, '');
  const manifest = JSON.parse(await readFile(join(repositoryRoot, 'package.json'), 'utf8')) as {
    devDependencies: { electron: string };
  };
  return manifest.devDependencies.electron;
}

/** The kits of every kind of device, and the Node binary that runs the backend on this kind of laptop. */
async function gatherRuntimes(architecture: Architecture): Promise<void> {
  for (const kind of KIT_ARCHITECTURES) {
    const kit = await buildKit({ architecture: kind, cacheDir, onProgress: (step) => say(`${step} (${kind})`) });
    await writeKit(kit, join(appFolder, `kits/kit-linux-${kind}`));
  }
  const node = await findNodeBinary(architecture, repositoryRoot, cacheDir);
  await rm(nodeFolder, { recursive: true, force: true });
  await mkdir(join(nodeFolder, 'bin'), { recursive: true });
  await copyFile(node.path, join(nodeFolder, 'bin/node'));
  await chmod(join(nodeFolder, 'bin/node'), 0o755);
  await copyFile(join(repositoryRoot, `node_modules/node-linux-${process.arch}/LICENSE`), join(nodeFolder, 'LICENSE'));
}

/** Fuses that not every Electron has, so that one can be left out: what stands in electron-builder.yml cannot. */
function newFuses(leftOut: readonly string[]): Record<string, boolean> {
  return Object.fromEntries(
    [['grantFileProtocolExtraPrivileges', false] as const].filter(([name]) => !leftOut.includes(name)),
  );
}

const { architecture, electronDist, fusesLeftOut } = readRequest();
say('Bundling');
await rm(appFolder, { recursive: true, force: true });
await Promise.all([bundleNodePrograms(), buildRenderer()]);
await bundleElectronPrograms();
await gatherRuntimes(architecture);
say('Packing');
const written = await build({
  projectDir: repositoryRoot,
  targets: Platform.LINUX.createTarget(['dir'], architecture === 'x64' ? Arch.x64 : Arch.arm64),
  publish: 'never',
  config: {
    electronVersion: await electronVersion(electronDist),
    ...(electronDist === undefined ? {} : { electronDist }),
    electronFuses: newFuses(fusesLeftOut),
  },
});
process.stdout.write(`${[...written, join(repositoryRoot, 'out/package')].at(-1)}\n`);
