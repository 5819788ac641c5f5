// Where device kits come from: prebuilt ones beside a packaged app, else built from the checkout and kept in the data folder.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kit } from '../../devices/kit/kit.ts';
import { AppError, toAppError } from '../../shared/errors/app-error.ts';
import type { KitSource } from '../backend/ports.ts';

const ARCHITECTURES = ['x64', 'arm64'] as const;

/** Kits of a package lie in `kits/kit-linux-<arch>` beside the bundled program. */
const PREBUILT = fileURLToPath(new URL('./kits', import.meta.url));

export function createKitSource(dataDir: string): KitSource {
  const kits = new Map<string, Promise<Kit>>();
  return {
    architectures: ARCHITECTURES,
    get: async (name, { onProgress, signal }) => {
      const architecture = ARCHITECTURES.find((known) => known === name);
      if (!architecture) {
        throw new AppError(
          'DEVICE_UNSUPPORTED',
          `There is no Lineside kit for ${name}; kits exist for ${ARCHITECTURES.join(' and ')}.`,
          {
            details: { architecture: name },
          },
        );
      }
      const known = kits.get(architecture);
      // Another set-up may be building it; when that one is cancelled, this one goes on by itself.
      const shared = await known?.catch((error: unknown) => {
        if (toAppError(error).code === 'CANCELLED' && signal?.aborted !== true) return null;
        throw error;
      });
      if (shared) return shared;
      const kit = makeKit(architecture, dataDir, { onProgress, signal });
      kits.set(architecture, kit);
      // A kit that could not be built is tried again the next time.
      kit.catch(() => kits.delete(architecture));
      return kit;
    },
  };
}

interface MakeOptions {
  readonly onProgress: ((step: string) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The builder is loaded only here: a start of the command line should not wait for it. */
async function makeKit(
  architecture: (typeof ARCHITECTURES)[number],
  dataDir: string,
  { onProgress, signal }: MakeOptions,
): Promise<Kit> {
  const prebuilt = join(PREBUILT, `kit-linux-${architecture}`);
  if (existsSync(prebuilt)) return (await import('../../devices/kit/prebuilt-kit.ts')).loadPrebuiltKit(prebuilt);
  const { buildKit } = await import('../../devices/kit/build-kit.ts');
  return buildKit({
    architecture,
    cacheDir: join(dataDir, 'kits'),
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  });
}
