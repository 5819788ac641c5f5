// The operating system's sandbox around the page. Chromium gives none to root, so that root runs this as a user without rights.
import { spawnSync } from 'node:child_process';
import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LaunchedElectron, launchElectron } from '../helpers/electron-app.ts';
import { createTestCheckout, type TestCheckout } from '../helpers/electron-checkout.ts';
import { findElectron, repositoryRoot } from '../house/vehicles.ts';

const NOBODY = 65_534;
const AS_NOBODY = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];
const isRoot = process.getuid?.() === 0;
const electron = findElectron();

/** Runs a command as the user of this test; true when it ends well. */
function can(...command: string[]): boolean {
  const [file = '', ...args] = isRoot ? [...AS_NOBODY, ...command] : command;
  return spawnSync(file, args, { stdio: 'ignore' }).status === 0;
}

function obstacle(): string | null {
  if ('missing' in electron) return electron.missing;
  if (!can('true')) return 'this user cannot run a program as another';
  if (!can('unshare', '--user', 'true')) return 'user namespaces are off';
  if (!can('test', '-x', electron.path)) return `a user without rights cannot reach ${electron.path}`;
  if (!can('test', '-r', join(repositoryRoot, 'test/electron/bootstrap.cjs')))
    return 'a user without rights cannot read this checkout';
  return null;
}

const reason = obstacle();
let work: string;
let checkout: TestCheckout;
let lineside: LaunchedElectron;

/** A program that runs Electron as nobody, with a home and the display's key. */
async function prepareNobody(): Promise<{ wrapper: string; env: Record<string, string> }> {
  const [wrapper, home, key] = [join(work, 'as-nobody'), join(work, 'home'), join(work, 'xauthority')];
  await mkdir(home);
  const ownKey = process.env['XAUTHORITY'];
  if (ownKey !== undefined) await copyFile(ownKey, key);
  await writeFile(
    wrapper,
    `#!/bin/sh\nexec ${AS_NOBODY.join(' ')} '${'path' in electron ? electron.path : ''}' "$@"\n`,
  );
  await chmod(wrapper, 0o755);
  for (const path of [work, checkout.folder]) await chmod(path, 0o755);
  for (const path of [home, ...(ownKey === undefined ? [] : [key])]) await chown(path, NOBODY, NOBODY);
  return { wrapper, env: { HOME: home, XDG_RUNTIME_DIR: home, ...(ownKey === undefined ? {} : { XAUTHORITY: key }) } };
}

describe.skipIf(reason !== null)(`the sandbox${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'lineside-sandbox-'));
    checkout = await createTestCheckout();
    const options = { checkout: checkout.folder, dataDir: join(work, 'home/data'), hasSandbox: true };
    lineside = await launchElectron({ ...options, ...(isRoot ? await prepareNobody() : {}) });
    await lineside.page.waitForFunction(() => window.testPage.ports > 0);
  });

  afterAll(async () => {
    await lineside?.close();
    await checkout?.remove();
    await rm(work, { recursive: true, force: true });
  });

  it('holds the page’s process: no privileges to gain, filtered system calls, a user namespace of its own', async () => {
    const { main, page } = await lineside.app.evaluate(({ BrowserWindow }) => ({
      main: process.pid,
      page: BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId() ?? 0,
    }));
    const status = await readFile(`/proc/${page}/status`, 'utf8');
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    expect(await readlink(`/proc/${page}/ns/user`)).not.toBe(await readlink(`/proc/${main}/ns/user`));
  });

  it('holds every page, even one whose window asks for none', async () => {
    const page = await lineside.app.evaluate(async ({ BrowserWindow }) => {
      const window = new BrowserWindow({ show: false, webPreferences: { sandbox: false } });
      await window.loadURL('data:text/html,unsandboxed');
      return window.webContents.getOSProcessId();
    });
    expect(await readFile(`/proc/${page}/status`, 'utf8')).toMatch(/^Seccomp:\s+2$/m);
  });
});
