// Every change that the release engine makes on disk: atomic by rename and on stable storage before it returns.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  chmod,
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  symlink,
  unlink,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf, toDeviceError } from './device-errors.ts';

/** Called with the name of a step before the step is done; tests stop or fail the engine here. */
export type StepHook = (step: string) => void | Promise<void>;

/** Temporary names carry this, so that a sweep at the next start knows them. */
const TEMPORARY = '.tmp-';

export interface DurableFs {
  /** Announces a step that is done elsewhere (a write to an open file). `what` names it in errors. */
  step<T>(name: string, what: string, action: () => Promise<T>): Promise<T>;
  /** Replaces a file: temporary file, fsync, rename, fsync of the folder. */
  writeFile(path: string, bytes: Uint8Array | string, what: string): Promise<void>;
  /** Replaces a symbolic link by rename, so that readers see the old one or the new one, never none. */
  replaceLink(target: string, path: string): Promise<void>;
  /** Renames and fsyncs the folders of both names. */
  rename(from: string, to: string, what: string): Promise<void>;
  /** Makes a second name for a file. */
  hardLink(from: string, to: string, what: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  /** Removes a file or link durably; true when there was one. */
  removeFile(path: string): Promise<boolean>;
  /** Removes a folder: renamed away first, so that it never exists half. True when there was one. */
  removeFolder(path: string): Promise<boolean>;
  syncFolder(path: string): Promise<void>;
  /** Removes what interrupted steps left in `folder`. */
  sweep(folder: string): Promise<void>;
}

export function createDurableFs(hook: StepHook = () => undefined): DurableFs {
  async function step<T>(name: string, what: string, action: () => Promise<T>): Promise<T> {
    try {
      await hook(name);
      return await action();
    } catch (error) {
      throw toDeviceError(error, what);
    }
  }

  async function replace(path: string, what: string, make: (temporary: string) => Promise<void>): Promise<void> {
    const temporary = join(dirname(path), `${basename(path)}${TEMPORARY}${randomBytes(6).toString('hex')}`);
    const name = basename(path);
    try {
      await step(`create ${name}`, what, () => make(temporary));
      await step(`rename ${name}`, what, () => rename(temporary, path));
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
    await step(`sync ${name}`, what, () => syncPath(dirname(path)));
  }

  return {
    step,
    writeFile: (path, bytes, what) =>
      replace(path, what, async (temporary) => {
        await withFile(temporary, 'wx', async (file) => {
          await file.writeFile(bytes);
          await file.sync();
        });
      }),
    replaceLink: (target, path) => replace(path, 'the switch', (temporary) => symlink(target, temporary)),
    rename: async (from, to, what) => {
      await step(`rename ${basename(to)}`, what, () => rename(from, to));
      await step(`sync ${basename(to)}`, what, async () => {
        await syncPath(dirname(to));
        if (dirname(from) !== dirname(to)) await syncPath(dirname(from));
      });
    },
    hardLink: (from, to, what) => step(`link ${basename(to)}`, what, () => link(from, to)),
    makeFolder: async (path) => {
      await step(`mkdir ${basename(path)}`, 'a folder', () => mkdir(path, { recursive: true, mode: 0o700 }));
    },
    removeFile: async (path) => {
      try {
        await step(`unlink ${basename(path)}`, 'a removal', () => unlink(path));
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return false;
        throw error;
      }
      await step(`sync removal of ${basename(path)}`, 'a removal', () => syncPath(dirname(path)));
      return true;
    },
    removeFolder: async (path) => {
      const doomed = join(dirname(path), `${TEMPORARY}${randomBytes(6).toString('hex')}`);
      try {
        await step(`remove ${basename(path)}`, 'a removal', () => rename(path, doomed));
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return false;
        throw error;
      }
      await step('remove contents', 'a removal', () => removeTree(doomed));
      return true;
    },
    syncFolder: (path) => step(`sync ${basename(path)}`, 'a folder', () => syncPath(path)),
    sweep: async (folder) => {
      for (const name of await readdir(folder)) {
        if (name.includes(TEMPORARY)) await step('sweep', 'a removal', () => removeTree(join(folder, name)));
      }
    },
  };
}

/** Opens, uses and closes a file. */
export async function withFile<T>(path: string, flags: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, 0o600);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Writes all bytes at `position`; a full disk shows as a short write first and as an error on the rest. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}

/** fsync of a file or folder by its path. */
async function syncPath(path: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Removes a tree whose folders may be read-only. */
async function removeTree(path: string): Promise<void> {
  if ((await lstat(path)).isDirectory()) {
    await chmod(path, 0o700);
    for (const name of await readdir(path)) await removeTree(join(path, name));
  }
  await rm(path, { recursive: true, force: true });
}
