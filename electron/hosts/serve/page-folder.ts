// Where the built page lies, seen from this file in a checkout and from a bundled entry in a package.
import { fileURLToPath } from 'node:url';

const isCheckout = import.meta.url.endsWith('.ts');

/** Folder of the built page. In a checkout it is built first when it is missing or older than its sources. */
export async function pageFolder(): Promise<string> {
  if (!isCheckout) return fileURLToPath(new URL('../renderer', import.meta.url));
  const { ensureRenderer } = await import('../../build/ensure-renderer.ts');
  return ensureRenderer();
}
