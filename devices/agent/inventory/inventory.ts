// The static facts about the box: taken once per boot by a short-lived child process, so that the agent's heap stays small.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Inventory, inventorySchema } from '../../../shared/agent-protocol/messages.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { readJsonOrNull, writeJsonAtomic } from '../atomic-file.ts';

const INVENTORY_MAIN = new URL(`./inventory-main${import.meta.url.endsWith('.ts') ? '.ts' : '.mjs'}`, import.meta.url);
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;

export interface InventoryOptions {
  /** `<root>/var/inventory.json`. */
  readonly cachePath: string;
  readonly bootId: string;
  readonly kitId: string;
  readonly ortDir: string | null;
}

/**
 * The inventory of this boot, from the cache or from the child.
 * @throws DEVICE_COMMAND_FAILED when the child fails.
 */
export async function loadInventory(options: InventoryOptions): Promise<Inventory> {
  const cached = readJsonOrNull(options.cachePath) as { bootId?: unknown; kitId?: unknown; inventory?: unknown } | null;
  if (cached?.bootId === options.bootId && cached.kitId === options.kitId) {
    const known = inventorySchema.safeParse(cached.inventory);
    if (known.success) return known.data;
  }
  const inventory = inventorySchema.parse(JSON.parse(await runChild(options.ortDir)));
  writeJsonAtomic(options.cachePath, { bootId: options.bootId, kitId: options.kitId, inventory });
  return inventory;
}

function runChild(ortDir: string | null): Promise<string> {
  const flags = ['--max-old-space-size=128', '--disable-warning=ExperimentalWarning'];
  const args = [...flags, fileURLToPath(INVENTORY_MAIN), ...(ortDir === null ? [] : [ortDir])];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else {
        reject(
          new AppError(
            'DEVICE_COMMAND_FAILED',
            'The facts about this device could not be collected; see the agent log.',
            {
              details: { reason: stderr.slice(-1000) || error.message },
              cause: error,
            },
          ),
        );
      }
    });
  });
}
