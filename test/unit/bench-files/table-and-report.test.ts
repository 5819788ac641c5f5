// The CSV table and the HTML report: quoted and escaped, complete, and the report fetches and runs nothing.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvText } from '../../../electron/backend/bench/files/csv-file.ts';
import { htmlReport } from '../../../electron/backend/bench/files/html-report.ts';
import { BENCH_OPTIONS, makeBenchResult, makeBenchRun, makeExportSource } from '../../helpers/bench-result.ts';

const EVIL = '"><script>alert(1)</script>&\'';

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

describe('tables and reports', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lineside-files-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('writes a row a configuration that any CSV reader takes apart again', async () => {
    const result = makeBenchResult({
      machine: { kind: 'device', name: '=HYPERLINK("x")' },
      verdict: {
        verdict: 'repeat',
        reasons: [{ code: 'drift', weight: 'repeat', text: 'It drifts, "a lot",\r\nand on.', values: {} }],
      },
    });
    const error = { code: 'BENCH_CRASHED', message: 'The runtime crashed.', details: {}, retryable: false };
    const run = makeBenchRun([result], [{ options: { ...BENCH_OPTIONS, threads: 2 }, error }]);
    const text = await textOf(csvText(await makeExportSource(dir, [result], { run })));
    const [headings, first, second, ...rest] = parseCsv(text);
    expect(rest).toEqual([]);
    const record = (cells: string[] | undefined) =>
      Object.fromEntries((headings ?? []).map((name, i) => [name, cells?.[i]]));
    expect(record(first)).toMatchObject({
      state: 'done',
      model: 'digits',
      machine: `'=HYPERLINK("x")`,
      reasons: 'It drifts, "a lot",\r\nand on.',
      p50_ms: '2.51',
      p99_sign_off_ms: String(result.latencyMs.percentiles[3]?.signOffMs),
      'p99.9_ms': '',
      result_id: result.id,
    });
    expect(record(second)).toMatchObject({
      state: 'failed',
      error: 'The runtime crashed. [BENCH_CRASHED]',
      threads: '2',
      p50_ms: '',
    });
    expect(second).toHaveLength(headings?.length ?? 0);
  });

  it('makes a report with the verdict first, everything escaped, and nothing from outside', async () => {
    const result = makeBenchResult({
      machine: { kind: 'device', name: EVIL },
      verdict: { verdict: 'reject', reasons: [{ code: 'x', weight: 'reject', text: EVIL, values: {} }] },
    });
    const error = { code: 'BENCH_CRASHED', message: EVIL, details: {}, retryable: false };
    const run = makeBenchRun([result, makeBenchResult()], [{ options: BENCH_OPTIONS, error }]);
    const source = await makeExportSource(dir, [result, makeBenchResult({ id: run.rows[1]?.resultId ?? '' })], { run });
    const page = await textOf(htmlReport(source));
    expect(page).not.toContain('<script');
    expect(page).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;');
    // Links lead to places on the page alone.
    const outside = /\ssrc\s*=|href="(?!#)|url\(|@import|https?:\/\//i;
    expect(outside.exec(page)?.[0]).toBeUndefined();
    expect(/undefined|NaN|Infinity|\[object/.exec(page)?.[0]).toBeUndefined();
    expect(page).toContain('Of 3 configurations, 1 can be trusted, 1 should not be used, 1 failed.');
    expect(page.indexOf('Do not use these figures.')).toBeLessThan(page.indexOf('Median latency'));
    for (const words of [
      'p99.9',
      'needs 8,200 more samples',
      'Example CPU @ 2.40GHz',
      'sha256:',
      'Method in plain words',
    ])
      expect(page).toContain(words);
  });

  it('reports each scenario by what it is about', async () => {
    const server = makeBenchResult({
      options: { ...BENCH_OPTIONS, scenario: { kind: 'server', limitMs: 50, percentile: 99, ratePerS: null } },
      outcome: {
        kind: 'server',
        ratePerS: 52.3,
        isMet: true,
        probes: [{ ratePerS: 52.3, count: 700, percentileMs: 48.1, isMet: true }],
      },
    });
    const camera = makeBenchResult({
      options: { ...BENCH_OPTIONS, scenario: { kind: 'camera', cameras: 4, framesPerS: 30, deadlineMs: null } },
      outcome: {
        ...{ kind: 'camera', deadlineMs: 33.3, frames: 1200, misses: 12, missShare: 0.01 },
        ...{ longestBurst: 5, missAfterMiss: 0.74, utilization: 0.3 },
      },
    });
    const pageOf = async (result: typeof server): Promise<string> =>
      textOf(htmlReport(await makeExportSource(dir, [result])));
    expect(await pageOf(server)).toMatch(/Requests within the limit.*52\.3\/s.*p99 within 50\.0 ms/s);
    expect(await pageOf(camera)).toMatch(
      /Missed deadlines.*1\.0 %.*12 of 1,200 frames over 33\.3 ms.*5 frames in a row/s,
    );
  });
});

/** A reader of RFC 4180 of its own. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const fields = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let match = fields.exec(text); match; match = fields.exec(text)) {
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] !== ',') {
      rows.push(row);
      row = [];
    }
    if (fields.lastIndex === text.length) return rows;
  }
  throw new Error('not RFC 4180');
}
