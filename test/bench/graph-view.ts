/**
 * How smoothly the console's graph view pans and zooms a graph of 2,000 nodes in a real Chromium: frames a second by
 * requestAnimationFrame, and the time that drawing itself takes. Arguments: number of nodes, seconds.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { repositoryRoot } from '../house/vehicles.ts';
import { startBrowser } from '../web/browser.ts';
import type { GraphRun } from './graph-view/graph-page.ts';

const [count = 2000, seconds = 5] = process.argv.slice(2).map(Number);

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function line(label: string, values: readonly number[]): string {
  const parts = [0.5, 0.95, 1].map((share) => quantile(values, share).toFixed(2).padStart(7));
  return `${label.padEnd(22)} p50 ${parts[0]}   p95 ${parts[1]}   max ${parts[2]} ms\n`;
}

const bundle = await build({
  entryPoints: [join(repositoryRoot, 'test/bench/graph-view/graph-page.ts')],
  bundle: true,
  write: false,
  format: 'iife',
});
const tokens = await readFile(join(repositoryRoot, 'renderer/ui/tokens.css'), 'utf8');
const browser = await startBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.setContent('<canvas></canvas>');
  await page.addStyleTag({ content: `${tokens} body { margin: 0 } canvas { width: 1440px; height: 900px }` });
  await page.addScriptTag({ content: bundle.outputFiles[0]?.text ?? '' });
  const run = await page.evaluate(`runGraph(${count}, ${seconds})`);
  const { nodes, edges, layoutMs, frames, draws } = run as GraphRun;
  const fps = 1000 / (frames.reduce((sum, ms) => sum + ms, 0) / frames.length);
  process.stdout.write(
    `${nodes} nodes, ${edges} edges, layout ${(layoutMs / 1000).toFixed(2)} s (in a worker in the console)\n`,
  );
  process.stdout.write(`${frames.length} frames, ${fps.toFixed(1)} frames/s\n`);
  process.stdout.write(line('between frames', frames));
  process.stdout.write(line('drawing', draws));
  process.stdout.write(`drawing over 16.7 ms   ${draws.filter((ms) => ms > 16.7).length} of ${draws.length}\n`);
} finally {
  await browser.close();
}
