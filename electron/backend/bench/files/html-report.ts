// The report that a customer can be sent: one HTML page that needs nothing else, on screen and on paper.
import { createHash } from 'node:crypto';
import type { BenchRun } from '../../../../shared/contract/bench.ts';
import type { BenchResult } from '../../../../shared/contract/bench-result.ts';
import { formatRef } from '../../../../shared/domain/names.ts';
import { formatDuration } from '../../../../shared/domain/quantities.ts';
import { LINESIDE_VERSION } from '../../../../shared/domain/versions.ts';
import type { ExportSource } from './export-source.ts';
import { readSamples, sampleBytes } from './raw-samples.ts';
import { html, type Markup } from './report-markup.ts';
import { resultSection } from './report-result.ts';
import { REPORT_STYLE } from './report-style.ts';
import { rowWords, runTable } from './report-table.ts';

/** The page in pieces, a section at a time. @throws FILE_NOT_FOUND, FILE_UNREADABLE where raw samples are gone */
export async function* htmlReport({ run, results, samplesPath }: ExportSource): AsyncGenerator<string> {
  const table = run && run.rows.length > 1 ? run : null;
  const title = `Benchmark of ${subject(run, results)}`;
  yield head(title).markup;
  yield html`<header><h1>${title}</h1><p class="muted">${subtitle(run, results)}</p></header>`.markup;
  if (table) yield overview(table).markup;
  else if (results.length === 0) yield html`<p>${run?.rows[0]?.error?.message ?? 'Nothing was measured.'}</p>`.markup;
  for (const result of results) {
    const heading = table ? html`<h2>${formatRef(result.model)}</h2><p class="muted">${rowWords(result)}</p>` : null;
    yield resultSection(result, heading, await digest(samplesPath(result.id))).markup;
  }
  yield html`${method()}
<footer>Measured and written by Lineside ${LINESIDE_VERSION}, ${formatUtc(Date.now())}.</footer>
</main></body></html>
`.markup;
}

/** The policy makes sure of it: the page can load nothing and run nothing. */
function head(title: string): Markup {
  const style: Markup = { markup: REPORT_STYLE };
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>${style}</style></head><body><main>
`;
}

function subject(run: BenchRun | null, results: readonly BenchResult[]): string {
  const refs = new Set((run ? run.rows : results).map(({ model }) => formatRef(model)));
  return refs.size > 3 ? `${refs.size} models` : [...refs].join(', ');
}

function subtitle(run: BenchRun | null, results: readonly BenchResult[]): string {
  const machines = new Set((run ? run.rows : results).map(({ machine }) => machine.name));
  const on = machines.size > 3 ? `${machines.size} machines` : [...machines].join(', ');
  const startedAtMs = run?.startedAtMs ?? results[0]?.startedAtMs ?? Date.now();
  const finishedAtMs = run ? run.finishedAtMs : (results[0]?.finishedAtMs ?? null);
  const length = finishedAtMs === null ? '' : `, ${formatDuration(finishedAtMs - startedAtMs)}`;
  return `On ${on}, ${formatUtc(startedAtMs)}${length}`;
}

function overview(run: BenchRun): Markup {
  const count = (is: (row: BenchRun['rows'][number]) => boolean): number => run.rows.filter(is).length;
  const words = [
    ['can be trusted', count(({ summary }) => summary?.verdict === 'trust')],
    ['should be measured again', count(({ summary }) => summary?.verdict === 'repeat')],
    ['should not be used', count(({ summary }) => summary?.verdict === 'reject')],
    ['failed', count(({ state }) => state === 'failed')],
    ['not measured', count(({ state }) => state === 'waiting' || state === 'running')],
  ] as const;
  const said = words.filter(([, number]) => number > 0).map(([word, number]) => `${number} ${word}`);
  return html`<p>Of ${run.rows.length} configurations, ${said.join(', ')}.</p>${runTable(run)}`;
}

function method(): Markup {
  return html`<section><h3>Method in plain words</h3>
<p>Each configuration was measured in a process of its own. Inputs were prepared before the clock started, and every call was timed. Warm-up was not cut off at a fixed count: the point from which the latency was steady was found in the data, and only what follows it is stated. No outlier was removed.</p>
<p>A percentile is stated only when there were enough samples for it. Calls that follow each other resemble each other, so samples count for less than their number; intervals rest on what they are worth. They come from the ranks of the samples and assume nothing about the shape of the distribution. The verdict weighs whether the run was steady, whether latency drifted or the machine throttled, and how much else the machine was doing.</p></section>`;
}

async function digest(path: string): Promise<{ sha256: string; count: number }> {
  const hash = createHash('sha256');
  let count = 0;
  for await (const piece of readSamples(path)) {
    hash.update(sampleBytes(piece));
    count += piece.length;
  }
  return { sha256: hash.digest('hex'), count };
}

/** UTC to the minute: a report travels. */
function formatUtc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
