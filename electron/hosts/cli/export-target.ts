// Where results are to be written: the format by the name of the file, checked before anything is measured.
import { extname, resolve } from 'node:path';
import type { ExportFormat } from '../../../shared/contract/bench.ts';
import { formatBytes } from '../../../shared/domain/quantities.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Session } from './session.ts';

export interface ExportTarget {
  readonly format: ExportFormat;
  readonly path: string;
}

const FORMATS: Readonly<Record<string, ExportFormat>> = {
  '.json': 'json',
  '.csv': 'csv',
  '.html': 'html',
  '.htm': 'html',
};

/** @throws USAGE for a name that no format belongs to */
export function targetOf(path: string, format: ExportFormat | undefined): ExportTarget {
  const known = format ?? FORMATS[extname(path).toLowerCase()];
  if (known) return { format: known, path: resolve(path) };
  throw new AppError('USAGE', `The format of ${path} is not clear; end its name in .json, .csv or .html.`);
}

/** A report of a whole night is not to fail over a folder's name. @throws FILE_WRITE_FAILED */
export async function checkTargets(targets: readonly ExportTarget[]): Promise<void> {
  const { checkFolder } = await import('../../backend/bench/files/write-file.ts');
  for (const { path } of targets) await checkFolder(path);
}

interface Written {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Writes a result or a run, and says so. */
export async function exportTo(
  { client, terminal }: Session,
  id: string,
  targets: readonly ExportTarget[],
): Promise<Written[]> {
  const files: Written[] = [];
  for (const { format, path } of targets) {
    const written = await client.bench.export({ id, format, path });
    terminal.line(`Wrote ${written.path}, ${formatBytes(written.sizeBytes)}.`);
    files.push(written);
  }
  return files;
}
