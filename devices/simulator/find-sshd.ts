// Finds the OpenSSH server and its key maker on this computer.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

function findProgram(name: string, firstPlaces: readonly string[]): string | null {
  const folders = [...firstPlaces, ...(process.env['PATH'] ?? '').split(delimiter)].filter((folder) => folder !== '');
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here: the next folder.
    }
  }
  return null;
}

/** Absolute path of `sshd` (it insists on being started by one), or null when OpenSSH's server is not installed. */
export function findSshd(): string | null {
  return findProgram('sshd', ['/usr/sbin', '/usr/local/sbin']);
}

/** Absolute path of `ssh-keygen`, or null. */
export function findSshKeygen(): string | null {
  return findProgram('ssh-keygen', ['/usr/bin']);
}
