// Which file paths a release may contain: relative, plain, and without two that one file system could take for the same.
import { malformed } from './malformed.ts';

/** Name of the golden blob beside the model files in an installed release; no model file may have it. */
export const GOLDEN_FILE = 'golden.bin';

const MAX_PATH_BYTES = 512;
const MAX_SEGMENT_BYTES = 200;
// Control characters, the backslash, and the colon of a drive or stream.
const FORBIDDEN = /[\u0000-\u001f\u007f\\:]/;

/**
 * Checks all file paths of a release together.
 * @throws BUNDLE_MALFORMED naming the first path that is absolute, has an empty, `.` or `..` segment, a forbidden
 *   character, is too long, equals another one (also by case or Unicode form), or is a folder of another one.
 */
export function checkReleasePaths(paths: readonly string[]): void {
  const folded = new Set<string>();
  for (const path of paths) {
    const reason = pathFault(path);
    if (reason !== null) throw malformed(`the file path ${JSON.stringify(path)} ${reason}`, { path });
    const key = fold(path);
    if (key === GOLDEN_FILE) throw malformed(`the file path ${JSON.stringify(path)} is reserved`, { path });
    if (folded.has(key)) throw malformed(`the file path ${JSON.stringify(path)} occurs twice`, { path });
    folded.add(key);
  }
  for (const path of paths) {
    const segments = fold(path).split('/');
    for (let length = 1; length < segments.length; length++) {
      const parent = segments.slice(0, length).join('/');
      if (folded.has(parent) || parent === GOLDEN_FILE) {
        throw malformed(`the file path ${JSON.stringify(path)} lies below another file`, { path });
      }
    }
  }
}

function fold(path: string): string {
  return path.normalize('NFKC').toLowerCase();
}

function pathFault(path: string): string | null {
  if (path === '') return 'is empty';
  if (path.startsWith('/')) return 'is absolute';
  if (FORBIDDEN.test(path)) return 'has a forbidden character';
  if (!path.isWellFormed()) return 'is not valid text';
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return 'is too long';
  for (const segment of path.split('/')) {
    if (segment === '') return 'has an empty segment';
    if (fold(segment) === '.' || fold(segment) === '..') return 'leaves its folder';
    if (fold(segment).includes('/') || fold(segment).includes('\\')) return 'has a forbidden character';
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return 'is too long';
  }
  return null;
}
