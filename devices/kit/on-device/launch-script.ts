// The script `kit/launch`: starts the installed agent with small heaps, or runs one of its commands.
import { join } from 'node:path';
import type { KitPaths } from './kit-paths.ts';
import type { SetupPart, StartMode } from './setup-plan.ts';

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Folder of one of the plan's parts. */
export function partFolder(paths: KitPaths, parts: readonly SetupPart[], name: SetupPart['name']): string {
  const part = parts.find((each) => each.name === name);
  if (!part) throw new Error(`the plan has no part ${name}`);
  return paths.part(part.id);
}

/** Text of the script. The heap flags cost nothing at this size and keep a fault from eating the device's memory. */
export function launchScript(
  paths: KitPaths,
  parts: readonly SetupPart[],
  kitId: string,
  startMode: StartMode,
): string {
  const node = quote(join(partFolder(paths, parts, 'node'), 'node'));
  const main = quote(join(partFolder(paths, parts, 'agent'), 'main.mjs'));
  const flags = [
    '--root',
    quote(paths.root),
    '--ort',
    quote(partFolder(paths, parts, 'onnxruntime')),
    '--kit-id',
    kitId,
    '--start-mode',
    startMode,
  ];
  return `#!/bin/sh
# Written by Lineside's set-up, which replaces it; use: launch [daemonize|connect|stop]
export MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536 MALLOC_MMAP_THRESHOLD_=65536 UV_THREADPOOL_SIZE=1
exec ${node} --max-semi-space-size=1 --max-old-space-size=64 --v8-pool-size=1 --optimize-for-size ${main} "$@" ${flags.join(' ')}
`;
}
