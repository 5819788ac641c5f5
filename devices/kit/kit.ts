// What a device kit is: parts of files with digests, named after their content, so that equal parts are sent only once.
import { createHash } from 'node:crypto';

export type KitArchitecture = 'x64' | 'arm64';
export type KitPartName = 'node' | 'onnxruntime' | 'agent';

export interface KitFile {
  /** Relative to the part, with `/`. */
  readonly path: string;
  /** Where the bytes are on this computer. */
  readonly sourcePath: string;
  /** POSIX permissions. */
  readonly mode: number;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface KitPart {
  readonly name: KitPartName;
  /** `name-version-digest12`: the name of its folder on the device. */
  readonly id: string;
  readonly files: readonly KitFile[];
  readonly sizeBytes: number;
}

export interface Kit {
  /** `kit-version-architecture-digest12`. */
  readonly kitId: string;
  readonly architecture: KitArchitecture;
  readonly parts: readonly KitPart[];
}

const shortDigest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** Puts a part together; its id follows from name, version and the content and mode of its files. */
export function createKitPart(name: KitPartName, version: string, files: readonly KitFile[]): KitPart {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const content = sorted
    .map((file) => `${file.sha256} ${file.sizeBytes} ${file.mode.toString(8)} ${file.path}\n`)
    .join('');
  return {
    name,
    id: `${name}-${version}-${shortDigest(content)}`,
    files: sorted,
    sizeBytes: sorted.reduce((sum, file) => sum + file.sizeBytes, 0),
  };
}

/** Puts a kit together; the same parts make the same id. */
export function createKit(architecture: KitArchitecture, version: string, parts: readonly KitPart[]): Kit {
  const digest = shortDigest(parts.map((part) => `${part.id}\n`).join(''));
  return { kitId: `kit-${version}-${architecture}-${digest}`, architecture, parts };
}
