// `npm run bench:responsive`: the longest stall of backend and page while a benchmark runs, and what a killed sidecar costs.
// Real web host, real Chromium, the buttons that a user would press. Prints JSON.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { repositoryRoot } from '../house/vehicles.ts';
import { startBrowser } from '../web/browser.ts';

const WATCH_LOOP = fileURLToPath(new URL('./responsive/watch-loop.ts', import.meta.url));
const RUN_MS = 180_000;

/** Output of the host, and a wait for a line in it. */
function listen(child: ChildProcess): (pattern: RegExp) => Promise<RegExpExecArray> {
  let text = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      for (const look of waiting) look();
    });
  }
  return (pattern) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(text);
        if (!match) return;
        waiting.delete(look);
        resolve(match);
      };
      waiting.add(look);
      child.once('exit', (code) => reject(new Error(`The web host ended with ${code}: ${text.slice(-500)}`)));
      look();
    });
}

/** Records the longest gap between two frames and all tasks over 50 ms, as the browser itself sees them. */
async function watchPage(
  page: Page,
): Promise<() => Promise<{ longestTaskMs: number; tasksOver50Ms: number; longestFrameGapMs: number }>> {
  await page.evaluate(() => {
    const seen = { tasks: [] as number[], gap: 0 };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.tasks.push(entry.duration);
    }).observe({ entryTypes: ['longtask'] });
    let last = performance.now();
    const frame = (): void => {
      const now = performance.now();
      seen.gap = Math.max(seen.gap, now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    Object.assign(window, { stallsSeen: seen });
  });
  return () =>
    page.evaluate(() => {
      const { tasks, gap } = (window as unknown as { stallsSeen: { tasks: number[]; gap: number } }).stallsSeen;
      return { longestTaskMs: Math.max(0, ...tasks), tasksOver50Ms: tasks.length, longestFrameGapMs: gap };
    });
}

/** Processes that this host started and that run the sidecar. */
function sidecarsOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return ppid === parent && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('bench-runner');
      } catch {
        return false;
      }
    });
}

const dataDir = await mkdtemp(join(tmpdir(), 'lineside-responsive-'));
const host = spawn(
  process.execPath,
  ['--import', WATCH_LOOP, 'electron/hosts/serve.ts', '--no-open', '--data-dir', dataDir],
  { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'pipe'] },
);
const says = listen(host);
const browser = await startBrowser();
try {
  const [link] = await says(/http:\/\/127\.0\.0\.1:\d+\/#token=\S+/);
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(RUN_MS);
  await page.goto(link);
  await page.getByRole('button', { name: 'Import the sample' }).click();
  const start = page.getByRole('button', { name: 'Run benchmark' });
  await start.waitFor();

  const stalls = await watchPage(page);
  host.kill('SIGUSR2');
  const startedMs = performance.now();
  await start.click();
  await page.getByRole('link', { name: 'Benchmarks' }).click();
  await page.getByRole('button', { name: 'Cancel' }).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).waitFor({ state: 'detached' });
  const benchmarkS = (performance.now() - startedMs) / 1000;
  host.kill('SIGUSR2');
  const [, loop] = await says(/loop (\{.*\})/);
  const pageStalls = await stalls();
  process.stderr.write(`backend ${loop}, page ${JSON.stringify(pageStalls)}\n`);

  const before = readdirSync(join(dataDir, 'bench')).filter((name) => name.endsWith('.f64')).length;
  await page.getByRole('button', { name: 'New benchmark' }).click();
  await page.getByRole('button', { name: 'Start benchmark' }).click();
  let killed = 0;
  for (let tries = 0; tries < 200 && killed === 0; tries++) {
    await page.waitForTimeout(50);
    for (const pid of sidecarsOf(host.pid ?? 0)) killed = process.kill(pid, 'SIGKILL') ? pid : 0;
  }
  await page.getByText('process that runs the model').first().waitFor();
  const after = readdirSync(join(dataDir, 'bench'));
  process.stdout.write(
    `${JSON.stringify(
      {
        machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
        benchmarkS,
        backendLoop: JSON.parse(loop ?? '{}') as object,
        page: pageStalls,
        sidecarKilled: killed > 0,
        resultsBefore: before,
        resultsAfter: after.filter((name) => name.endsWith('.f64')).length,
        draftsLeft: after.filter((name) => name.endsWith('.part')).length,
      },
      null,
      2,
    )}\n`,
  );
} finally {
  await browser.close();
  host.kill('SIGTERM');
  await new Promise((resolve) => (host.exitCode === null ? host.once('exit', resolve) : resolve(null)));
  await rm(dataDir, { recursive: true, force: true });
}
