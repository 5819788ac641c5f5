// A model as the runtime wants it: a folder with the files under their own names, linked to the blobs that hold them.
import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { type BlobStore, fileError } from '../blob-store.ts';

type ModelFiles = ModelDetail['files'];

export interface ModelFolders {
  /** Makes the folder where it is missing. Returns the path of the ONNX file in it. @throws FILE_NOT_FOUND, LOCAL_DISK_FULL */
  make(files: ModelFiles): Promise<string>;
  remove(files: ModelFiles): Promise<void>;
}

export function createModelFolders(dataDir: string, blobs: BlobStore): ModelFolders {
  // By all files: the same ONNX file with other external data is another model.
  const folderOf = (files: ModelFiles): string => {
    const hash = createHash('sha256');
    for (const { path, digest } of files) hash.update(`${path}\n${digest}\n`);
    return join(dataDir, 'models', hash.digest('hex').slice(0, 16));
  };

  return {
    make: async (files) => {
      const folder = folderOf(files);
      const onnxPath = join(folder, files[0]?.path ?? '');
      if (await isComplete(folder, files)) return onnxPath;
      const temporary = `${folder}.tmp-${process.pid}-${Date.now()}`;
      try {
        for (const { path, digest } of files) {
          const target = join(temporary, path);
          await mkdir(dirname(target), { recursive: true, mode: 0o700 });
          await linkOrCopy(blobs.path(digest), target);
        }
        await rm(folder, { recursive: true, force: true });
        await rename(temporary, folder).catch(async (error: unknown) => {
          // Another process made it meanwhile.
          if (!(await isComplete(folder, files))) throw error;
        });
      } catch (error) {
        throw fileError(error, folder);
      } finally {
        await rm(temporary, { recursive: true, force: true });
      }
      return onnxPath;
    },
    remove: (files) => rm(folderOf(files), { recursive: true, force: true }),
  };
}

async function isComplete(folder: string, files: ModelFiles): Promise<boolean> {
  const sizes = await Promise.all(
    files.map(({ path }) =>
      stat(join(folder, path)).then(
        ({ size }) => size,
        () => -1,
      ),
    ),
  );
  return files.every(({ sizeBytes }, i) => sizes[i] === sizeBytes);
}

/** Not a symbolic link: the runtime refuses external data that leads out of the model's folder. */
export async function linkOrCopy(source: string, target: string): Promise<void> {
  await link(source, target).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw error;
    await copyFile(source, target);
  });
}
