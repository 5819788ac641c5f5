// Writes results to a file that leaves Lineside: JSON, CSV, an HTML report, or a folder for TensorBoard.
import { resolve } from 'node:path';
import type { ExportFormat } from '../../../../shared/contract/bench.ts';
import { csvText } from './csv-file.ts';
import type { ExportSource } from './export-source.ts';
import { htmlReport } from './html-report.ts';
import { resultFileText } from './result-file.ts';
import { writeTensorBoard } from './tensorboard-files.ts';
import { checkFolder, writeInPlace } from './write-file.ts';

/**
 * Replaces a file of that name. For TensorBoard `path` is a folder, made when it is missing, with a folder a configuration in it.
 * @throws FILE_WRITE_FAILED when the folder around it is not there, LOCAL_DISK_FULL, FILE_NOT_FOUND when raw samples are gone
 */
export async function exportResults(
  source: ExportSource,
  format: ExportFormat,
  path: string,
): Promise<{ path: string; sizeBytes: number }> {
  const target = resolve(path);
  await checkFolder(target);
  const sizeBytes =
    format === 'tensorboard'
      ? await writeTensorBoard(source, target)
      : await writeInPlace(target, text(source, format));
  return { path: target, sizeBytes };
}

function text(source: ExportSource, format: Exclude<ExportFormat, 'tensorboard'>): AsyncIterable<string> {
  if (format === 'json') return resultFileText(source);
  return format === 'csv' ? csvText(source) : htmlReport(source);
}
