/**
 * Checks a tree against the shape of the project: import table, package owners, cycles, and what must stay
 * out of reach of the inference library. Pure over the files it is given, so that tests can point it at a bad tree.
 */
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import {
  entriesWithoutInference,
  inferenceLoaders,
  isInside,
  layerOf,
  packageOwners,
  sharedPackages,
} from './layers.ts';
import { isSource, listFiles } from './repository-files.ts';
import { importsOf, parseSource, type SourceImport } from './source-imports.ts';

/** One breach of the shape. */
export interface Fault {
  rule: 'layer' | 'owner' | 'cycle' | 'inference' | 'length' | 'header' | 'top-level' | 'readme' | 'private-name';
  file: string;
  message: string;
}

/** A source file with its imports, those of the project resolved to repository-relative paths. */
interface ParsedFile {
  path: string;
  local: { path: string; isTypeOnly: boolean }[];
  packages: string[];
}

/** The path that a relative specifier means: as written, or with the suffix that a bundler lets one leave out. */
function resolveLocal(root: string, from: string, specifier: string): string {
  const bare = posix.normalize(posix.join(posix.dirname(from), specifier.replace(/[?#].*$/, '')));
  const candidates = [bare, `${bare}.ts`, `${bare}.tsx`, `${bare}/index.ts`, `${bare}/index.tsx`];
  return candidates.find((path) => isSource(path) && existsSync(join(root, path))) ?? bare;
}

function parseFile(root: string, path: string): ParsedFile {
  const imports: SourceImport[] = importsOf(parseSource(join(root, path)));
  const isLocal = ({ specifier }: SourceImport): boolean => specifier.startsWith('.');
  return {
    path,
    local: imports.filter(isLocal).map(({ specifier, isTypeOnly }) => ({
      path: resolveLocal(root, path, specifier),
      isTypeOnly,
    })),
    packages: imports.filter((each) => !isLocal(each)).map(({ specifier }) => specifier),
  };
}

function layerFaults(file: ParsedFile): Fault[] {
  const layer = layerOf(file.path);
  if (layer === undefined) {
    return [{ rule: 'layer', file: file.path, message: 'lies in no layer of the import table' }];
  }
  const allowed = [layer.folder, ...layer.mayImport];
  const breaches = file.local
    .filter((target) => !allowed.some((folder) => isInside(target.path, folder)))
    .filter((target) => !(layer.folder === 'test' && isInside(target.path, 'node_modules')))
    .map((target) => `imports ${target.path}, which ${layer.folder} may not`);
  const feature = /^renderer\/features\/[^/]+/.exec(file.path)?.[0];
  const neighbours = file.local
    .filter((target) => feature !== undefined && isInside(target.path, 'renderer/features'))
    .filter((target) => feature !== undefined && !isInside(target.path, feature))
    .map((target) => `imports ${target.path}; features do not import each other`);
  return [...breaches, ...neighbours].map((message) => ({ rule: 'layer', file: file.path, message }));
}

function isPackage(specifier: string, name: string): boolean {
  return name.endsWith('/') ? specifier.startsWith(name) : specifier === name || specifier.startsWith(`${name}/`);
}

function ownerFaults(file: ParsedFile): Fault[] {
  if (isInside(file.path, 'test')) return [];
  const fault = (message: string): Fault => ({ rule: 'owner', file: file.path, message });
  return file.packages.flatMap((specifier) => {
    if (isInside(file.path, 'shared') && !sharedPackages.includes(specifier)) {
      return [fault(`imports ${specifier}; shared/ imports only itself and ${sharedPackages.join(', ')}`)];
    }
    if (isInside(file.path, 'renderer') && specifier.startsWith('node:') && file.path !== 'renderer/vite.config.ts') {
      return [fault(`imports ${specifier}; the page has no Node`)];
    }
    return packageOwners
      .filter((owner) => isPackage(specifier, owner.name))
      .filter((owner) => !owner.folders.some((folder) => isInside(file.path, folder)))
      .map((owner) => fault(`imports ${specifier}, which only ${owner.folders.join(' and ')} may`));
  });
}

/** Faults of every cycle of run-time imports, each reported once, at the file where the walk closed it. Types may look back. */
function cycleFaults(files: ReadonlyMap<string, ParsedFile>): Fault[] {
  const faults: Fault[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      faults.push({ rule: 'cycle', file: path, message: [...trail.slice(start), path].join(' → ') });
    } else if (!done.has(path)) {
      for (const next of files.get(path)?.local ?? []) if (!next.isTypeOnly) walk(next.path, [...trail, path]);
      done.add(path);
    }
  };
  for (const path of files.keys()) walk(path, []);
  return faults;
}

/** The chain of run-time imports from an entry to a file that loads the inference library, or undefined. */
function chainToInference(files: ReadonlyMap<string, ParsedFile>, entry: string): string[] | undefined {
  const seen = new Set<string>();
  const walk = (path: string): string[] | undefined => {
    const file = files.get(path);
    if (file === undefined || seen.has(path)) return undefined;
    seen.add(path);
    const isLoader =
      inferenceLoaders.includes(path) || file.packages.some((specifier) => isPackage(specifier, 'onnxruntime-node'));
    if (isLoader) return [path];
    for (const next of file.local) {
      const chain = next.isTypeOnly ? undefined : walk(next.path);
      if (chain !== undefined) return [path, ...chain];
    }
    return undefined;
  };
  return walk(entry);
}

function inferenceFaults(files: ReadonlyMap<string, ParsedFile>): Fault[] {
  return entriesWithoutInference.flatMap((entry): Fault[] => {
    const chain = chainToInference(files, entry);
    if (chain === undefined) return [];
    return [{ rule: 'inference', file: entry, message: `loads the inference library: ${chain.join(' → ')}` }];
  });
}

/** Every breach of the import rules in the tree below `root`; also says how many files and imports were looked at. */
export function checkImports(root: string): { faults: Fault[]; files: number; imports: number } {
  const parsed = listFiles(root)
    .filter(isSource)
    .map((path) => parseFile(root, path));
  const files = new Map(parsed.map((file) => [file.path, file]));
  const faults = [
    ...parsed.flatMap(layerFaults),
    ...parsed.flatMap(ownerFaults),
    ...cycleFaults(files),
    ...inferenceFaults(files),
  ];
  const imports = parsed.reduce((sum, file) => sum + file.local.length + file.packages.length, 0);
  return { faults, files: parsed.length, imports };
}
