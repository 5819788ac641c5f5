// Where device kits come from: prebuilt ones beside a packaged app, else built from the checkout and kept in the data folder.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildKit } from '../../devices/kit/build-kit.ts';
import type { Kit } from '../../devices/kit/kit.ts';
import { loadPrebuiltKit } from '../../devices/kit/prebuilt-kit.ts';
import { AppError } from '../../shared/errors/app-error.ts';
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
      if (known) return known;
      const prebuilt = join(PREBUILT, `kit-linux-${architecture}`);
      const kit = existsSync(prebuilt)
        ? loadPrebuiltKit(prebuilt)
        : buildKit({
            architecture,
            cacheDir: join(dataDir, 'kits'),
            ...(signal ? { signal } : {}),
            ...(onProgress ? { onProgress } : {}),
          });
      kits.set(architecture, kit);
      // A kit that could not be built is tried again the next time.
      kit.catch(() => kits.delete(architecture));
      return kit;
    },
  };
}
