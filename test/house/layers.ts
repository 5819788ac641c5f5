/**
 * The layers of the repository and who may import whom: the one table behind the lint rule and the architecture test.
 * A layer is a folder; the longest matching folder wins.
 */

/** A layer's folder and the folders of the layers that it may import; its own folder is always allowed. */
export interface Layer {
  folder: string;
  mayImport: readonly string[];
}

const devices = [
  'devices/agent',
  'devices/kit',
  'devices/link',
  'devices/runtime',
  'devices/sensors',
  'devices/simulator',
  'devices/trust',
] as const;

const electron = ['electron/backend', 'electron/build', 'electron/hosts', 'electron/main', 'electron/preload'] as const;

export const layers: readonly Layer[] = [
  { folder: 'shared', mayImport: [] },
  { folder: 'devices/agent', mayImport: ['shared', 'devices/runtime', 'devices/sensors', 'devices/trust'] },
  { folder: 'devices/kit', mayImport: ['shared', 'devices/link'] },
  { folder: 'devices/link', mayImport: ['shared'] },
  { folder: 'devices/runtime', mayImport: ['shared', 'devices/sensors'] },
  { folder: 'devices/sensors', mayImport: ['shared'] },
  { folder: 'devices/simulator', mayImport: ['shared'] },
  { folder: 'devices/trust', mayImport: ['shared'] },
  {
    folder: 'electron/backend',
    mayImport: ['shared', 'devices/kit', 'devices/link', 'devices/runtime', 'devices/simulator', 'devices/trust'],
  },
  { folder: 'electron/build', mayImport: ['shared', 'devices/kit'] },
  { folder: 'electron/hosts', mayImport: ['shared', 'electron/backend', 'electron/build', ...devices] },
  { folder: 'electron/main', mayImport: ['shared'] },
  { folder: 'electron/preload', mayImport: ['shared'] },
  { folder: 'renderer', mayImport: ['shared'] },
  { folder: 'test', mayImport: ['shared', ...devices, ...electron, 'renderer'] },
];

/** An npm package (or scope, written with a trailing slash) and the folders that alone may import it; test/ always may. */
export interface PackageOwner {
  name: string;
  folders: readonly string[];
}

export const packageOwners: readonly PackageOwner[] = [
  { name: 'electron', folders: ['electron/main', 'electron/preload'] },
  { name: 'ssh2', folders: ['devices/link'] },
  { name: 'onnxruntime-node', folders: ['devices/runtime'] },
  { name: '@mantine/', folders: ['renderer/ui'] },
  { name: 'react', folders: ['renderer'] },
  { name: 'react-dom', folders: ['renderer'] },
  { name: 'react-i18next', folders: ['renderer'] },
  { name: 'i18next', folders: ['renderer'] },
  { name: 'uplot', folders: ['renderer'] },
  { name: 'wouter', folders: ['renderer'] },
  { name: '@tanstack/', folders: ['renderer'] },
  { name: 'systeminformation', folders: ['devices/agent'] },
  { name: '@bufbuild/', folders: ['electron/backend'] },
  { name: 'commander', folders: ['electron/hosts'] },
  { name: 'ws', folders: ['electron/hosts'] },
  { name: 'pino', folders: ['electron/backend', 'electron/hosts'] },
];

/** The only npm packages of shared/, which has to run in a page, in Node and on a device alike. */
export const sharedPackages: readonly string[] = ['zod/mini', '@orpc/contract'];

/** Files that load the native inference library: it is opened by path, so no import of the package betrays them. */
export const inferenceLoaders: readonly string[] = ['devices/runtime/ort-binding.ts'];

/** Entries that must never load the native inference library, directly or through what they import. */
export const entriesWithoutInference: readonly string[] = [
  'electron/hosts/child.ts',
  'electron/hosts/serve.ts',
  'electron/hosts/cli.ts',
  'electron/hosts/demo.ts',
  'electron/main/main.ts',
  'devices/agent/main.ts',
];

/** Files written by a tool; they are not formatted, linted or measured. */
export const generatedFiles: readonly string[] = ['**/*_pb.ts', '**/*.generated.ts'];

/** True for a path (repository-relative, forward slashes) that a tool wrote. */
export function isGenerated(path: string): boolean {
  return /(_pb|\.generated)\.ts$/.test(path);
}

/** True when `path` is `folder` itself or lies below it. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** The layer that a repository-relative path belongs to. */
export function layerOf(path: string): Layer | undefined {
  return layers.find((layer) => isInside(path, layer.folder));
}
