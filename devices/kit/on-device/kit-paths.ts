// Where a kit lies below the device root.
import { createHash } from 'node:crypto';
import { join } from 'node:path';

export interface KitPaths {
  readonly root: string;
  readonly kit: string;
  readonly parts: string;
  /** The script that starts the installed agent. */
  readonly launch: string;
  /** What is installed, as JSON. */
  readonly installed: string;
  readonly trustKeys: string;
  part(id: string): string;
}

export function kitPaths(root: string): KitPaths {
  const kit = join(root, 'kit');
  const parts = join(kit, 'parts');
  return {
    root,
    kit,
    parts,
    launch: join(kit, 'launch'),
    installed: join(kit, 'installed.json'),
    trustKeys: join(root, 'trust', 'keys.json'),
    part: (id) => join(parts, id),
  };
}

/** File in a part that says that all its files are there and verified. */
export const completeMarker = 'COMPLETE';

/** Name of the agent's systemd user unit; one user may have several roots. */
export function unitName(root: string): string {
  return `lineside-agent-${createHash('sha256').update(root).digest('hex').slice(0, 8)}.service`;
}

/** Comment that marks the agent's line in the crontab. */
export function cronMark(root: string): string {
  return `# lineside agent ${root}`;
}
