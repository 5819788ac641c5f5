// A kit as a folder, as packages carry it: kit.json and the parts' files.
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { AppError } from '../../shared/errors/app-error.ts';
import type { Kit } from './kit.ts';

const kitFileName = 'kit.json';

const storedKitSchema = z.object({
  kitId: z.string(),
  architecture: z.enum(['x64', 'arm64']),
  parts: z.array(
    z.object({
      name: z.enum(['node', 'onnxruntime', 'agent']),
      id: z.string(),
      sizeBytes: z.int(),
      files: z.array(z.object({ path: z.string(), mode: z.int(), sizeBytes: z.int(), sha256: z.string() })),
    }),
  ),
});

/** Writes a kit into a folder, replacing what is there; the kit's own files are copied. */
export async function writeKit(kit: Kit, directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  for (const part of kit.parts) {
    for (const file of part.files) {
      const target = join(directory, part.id, file.path);
      await mkdir(dirname(target), { recursive: true });
      await copyFile(file.sourcePath, target);
    }
  }
  const stored = {
    ...kit,
    parts: kit.parts.map((part) => ({ ...part, files: part.files.map(({ sourcePath: _, ...file }) => file) })),
  };
  await writeFile(join(directory, kitFileName), `${JSON.stringify(stored, null, 1)}\n`);
}

/**
 * Reads a folder that `writeKit` made. The device checks every digest again, so only sizes are compared here.
 * @throws KIT_UNAVAILABLE
 */
export async function loadPrebuiltKit(directory: string): Promise<Kit> {
  try {
    const stored = storedKitSchema.parse(JSON.parse(await readFile(join(directory, kitFileName), 'utf8')));
    const parts = stored.parts.map((part) => ({
      ...part,
      files: part.files.map((file) => ({ ...file, sourcePath: join(directory, part.id, file.path) })),
    }));
    for (const file of parts.flatMap((part) => part.files)) {
      const { size } = await stat(file.sourcePath);
      if (size !== file.sizeBytes) throw new Error(`${file.path} has ${size} bytes instead of ${file.sizeBytes}`);
    }
    return { ...stored, parts };
  } catch (error) {
    throw new AppError('KIT_UNAVAILABLE', `The device kit in ${directory} is damaged; install Lineside again.`, {
      details: { reason: error instanceof Error ? error.message : String(error) },
      cause: error,
    });
  }
}
