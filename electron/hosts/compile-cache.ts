// Lets Node keep compiled code (and stripped types) between two commands, which halves the start of each.
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Below the user's own cache folder: Node's default place, in a temporary folder for all, could be prepared by somebody else. */
export function keepCompiledCode(): void {
  // Fails softly: without a cache everything is compiled anew.
  enableCompileCache(process.env['NODE_COMPILE_CACHE'] ?? join(cacheFolder(), 'lineside', 'compiled'));
}

function cacheFolder(): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (process.platform === 'win32') return process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  return process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
}
