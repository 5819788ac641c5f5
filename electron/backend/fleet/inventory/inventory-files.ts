// Inventory files on this computer's disk: text only, bounded in size, and the shell patterns of Include.
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, extname, join } from 'node:path';
import type { InventoryFormat } from '../../../../shared/contract/device-import.ts';
import { AppError } from '../../../../shared/errors/app-error.ts';
import { fileError } from '../../blob-store.ts';
import { readAnsibleIni } from './ansible-ini.ts';
import { readCsvInventory } from './csv-inventory.ts';
import type { Inventory, InventoryFiles } from './inventory.ts';
import { readSshConfig } from './ssh-config.ts';
import { hasWildcard, matchesWildcard } from './wildcard.ts';

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_MATCHES = 1000;

/** Reads an inventory of any format. @throws INPUT_INVALID, FILE_NOT_FOUND, FILE_UNREADABLE */
export async function readInventory(path: string, format: InventoryFormat): Promise<Inventory> {
  const files = diskFiles();
  switch (format) {
    case 'ssh-config':
      return readSshConfig(path, files);
    case 'ansible-ini':
      return readAnsibleIni(await files.read(path), path, files.home);
    case 'ansible-yaml': {
      // With it comes the reader of YAML.
      const { readAnsibleYaml } = await import('./ansible-yaml.ts');
      return readAnsibleYaml(await files.read(path), path, files.home);
    }
    case 'csv':
      return readCsvInventory(await files.read(path), path, files.home);
  }
}

/** The format that a file's name stands for. @throws INPUT_INVALID */
export function formatOf(path: string): InventoryFormat {
  const name = basename(path).toLowerCase();
  const extension = extname(name);
  if (extension === '.csv') return 'csv';
  if (extension === '.yml' || extension === '.yaml') return 'ansible-yaml';
  if (extension === '.ini' || name === 'hosts' || name === 'inventory') return 'ansible-ini';
  if (/^(ssh[-_]?)?config$/.test(name) || extension === '.conf' || extension === '.config') return 'ssh-config';
  throw new AppError(
    'INPUT_INVALID',
    `What ${path} is cannot be told from its name; say ssh-config, ansible-ini, ansible-yaml or csv with --format.`,
    { details: { path } },
  );
}

function diskFiles(): InventoryFiles {
  return { home: homedir(), read: readText, glob };
}

async function readText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    const info = await stat(path);
    // A pipe or a device would be read without end.
    if (!info.isFile()) throw new AppError('FILE_UNREADABLE', `${path} is not a file.`, { details: { file: path } });
    if (info.size > MAX_BYTES) throw notText(path, 'is larger than 8 MiB');
    bytes = await readFile(path);
  } catch (error) {
    throw fileError(error, path);
  }
  if (bytes.includes(0)) throw notText(path, 'is not a text file');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw notText(path, 'is not a text file in UTF-8', error);
  }
}

function notText(path: string, what: string, cause?: unknown): AppError {
  return new AppError('INPUT_INVALID', `${path} ${what}, so it cannot be an inventory.`, {
    details: { file: path },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** As glob(7): `*` and `?` within one folder, hidden files only where the pattern begins with a dot. */
async function glob(pattern: string): Promise<string[]> {
  let found = ['/'];
  for (const segment of pattern.split('/').filter((part) => part !== '')) {
    const next: string[] = [];
    for (const folder of found) {
      const names = hasWildcard(segment) ? await readdir(folder).catch(() => []) : [segment];
      for (const name of names.sort()) {
        const isHidden = name.startsWith('.') && !segment.startsWith('.');
        if (name === segment || (!isHidden && matchesWildcard(segment, name))) next.push(join(folder, name));
      }
    }
    found = next.slice(0, MAX_MATCHES);
  }
  const there = await Promise.all(
    found.map((path) =>
      stat(path).then(
        (info) => info.isFile(),
        () => false,
      ),
    ),
  );
  return found.filter((_path, index) => there[index]);
}
