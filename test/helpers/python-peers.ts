// The Python programs that the peers test talks to: from out/python-peers where it was provisioned, else installed into a temp folder.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../../', import.meta.url).pathname;
const INSTALL_MS = 100_000;

export interface PythonPeers {
  /** Folder with the programs, or null. */
  readonly bin: string | null;
  /** Why there are none. */
  readonly missing: string;
  close(): void;
}

/** Takes some 20 seconds where they have to be installed first. */
export function providePythonPeers(): PythonPeers {
  const provisioned = join(root, 'out/python-peers');
  if (existsSync(join(provisioned, 'bin/model_signing')))
    return { bin: join(provisioned, 'bin'), missing: '', close: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'lineside-peers-'));
  const close = () => rmSync(folder, { recursive: true, force: true });
  const run = (file: string, ...args: string[]) =>
    execFileSync(file, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: INSTALL_MS });
  try {
    run('python3', '-m', 'venv', folder);
    const requirements = join(root, 'test/fixtures/peers/requirements.txt');
    run(join(folder, 'bin/pip'), 'install', '--quiet', '--retries', '1', '--requirement', requirements);
    return { bin: join(folder, 'bin'), missing: '', close };
  } catch (error) {
    close();
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { bin: null, missing: `modelpack-client and model-signing cannot be installed here (${reason})`, close };
  }
}
