// Writes the documented JSON file piece by piece: a million samples never become one string, nor hold up anything else.
import { createHash } from 'node:crypto';
import { LINESIDE_VERSION } from '../../../../shared/domain/versions.ts';
import type { ExportSource } from './export-source.ts';
import { readSamples, sampleBytes } from './raw-samples.ts';
import { RESULT_FILE_SCHEMA } from './result-schema.ts';

/** The text of the file. Numbers are written so that they read back to the same bits. @throws FILE_NOT_FOUND, FILE_UNREADABLE */
export async function* resultFileText({ run, results, samplesPath }: ExportSource): AsyncGenerator<string> {
  yield `{"schema":${JSON.stringify(RESULT_FILE_SCHEMA)},"lineside":${JSON.stringify(LINESIDE_VERSION)},"exportedAtMs":${Date.now()},\n`;
  if (run) {
    const { rows, ...rest } = run;
    yield `"run":${JSON.stringify(rest)},\n"rows":[\n`;
    for (const [index, row] of rows.entries()) yield `${JSON.stringify(row)}${index < rows.length - 1 ? ',' : ''}\n`;
    yield '],\n';
  } else yield '"run":null,\n"rows":[],\n';
  yield '"results":[';
  for (const [index, result] of results.entries()) {
    // The result's own object, left open for its samples.
    yield `${index > 0 ? ',' : ''}\n${JSON.stringify(result).slice(0, -1)},\n"samplesMs":[`;
    const hash = createHash('sha256');
    let isFirst = true;
    for await (const piece of readSamples(samplesPath(result.id))) {
      hash.update(sampleBytes(piece));
      yield `${isFirst ? '' : ','}${piece.join(',')}`;
      isFirst = false;
    }
    yield `],\n"samplesSha256":"${hash.digest('hex')}"}`;
  }
  yield '\n]}\n';
}
