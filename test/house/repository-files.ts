/** Lists the files of a source tree, leaving out what is installed, built or private to git. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const leftOut = new Set(['node_modules', 'out', 'coverage', '.git', '.DS_Store']);

/** Repository-relative paths with forward slashes, sorted; `*.log` files are left out like the folders above. */
export function listFiles(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !leftOut.has(entry.name) && !entry.name.endsWith('.log'))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? listFiles(root, path) : [path];
    })
    .sort();
}

/** Names at the top of the tree, under the same rule. */
export function listTopLevel(root: string): string[] {
  return readdirSync(root)
    .filter((name) => !leftOut.has(name) && !name.endsWith('.log'))
    .sort();
}

/** True for a TypeScript source. */
export function isSource(path: string): boolean {
  return /\.tsx?$/.test(path) && !path.endsWith('.d.ts');
}
