/**
 * The first run on a real backend, by the buttons of the start page: sample model, benchmark, key and bundle, this computer
 * as a device, rollout, live health; then everything is taken back.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../house/vehicles.ts';
import { startBrowser } from './browser.ts';

const STEP_MS = 120_000;

let dataDir: string;
let host: ChildProcess;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

/** The link that the web host prints when it is ready. */
function linkOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const link = /http:\/\/127\.0\.0\.1:\d+\/#token=\S+/.exec(text)?.[0];
      if (link !== undefined) resolve(link);
    });
    child.once('exit', (code) =>
      reject(new Error(`The web host ended with ${code} before it printed its link: ${text}`)),
    );
  });
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'lineside-web-'));
  host = spawn(process.execPath, ['electron/hosts/serve.ts', '--no-open', '--data-dir', dataDir], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [link, started] = await Promise.all([linkOf(host), startBrowser()]);
  browser = started;
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(STEP_MS);
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(link);
});

afterAll(async () => {
  await browser?.close();
  if (host?.exitCode === null) {
    host.kill('SIGTERM');
    await new Promise((resolve) => host.once('exit', resolve));
  }
  // Only where a test failed half-way is there still an agent to stop.
  spawnSync(
    process.execPath,
    ['electron/hosts/cli.ts', 'device', 'remove', 'this-computer', '--uninstall', '--yes', '--data-dir', dataDir],
    { cwd: repositoryRoot, timeout: 60_000 },
  );
  await rm(dataDir, { recursive: true, force: true });
});

const step = (name: string) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });

describe('the main job in the browser', () => {
  it('starts at the guide, with the token gone from the address', async () => {
    await page.getByRole('heading', { level: 1, name: 'From a model to a running line' }).waitFor();
    expect(page.url()).not.toContain('token');
    expect(await page.getByRole('button', { name: 'Plan the rollout' }).isDisabled()).toBe(true);
  });

  it(
    'does every step by its one button',
    async () => {
      await page.getByRole('button', { name: 'Import the sample' }).click();
      await step('Bring a model').getByText('1 model', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Run benchmark' }).click();
      await step('Measure it here').getByText('1 result').waitFor();
      await page.getByRole('button', { name: 'Make key and bundle' }).click();
      await step('Sign and pack').getByText('1 bundle').waitFor();
      await page.getByRole('button', { name: 'Add this computer' }).click();
      await step('Add a device').getByText('1 of 1 ready').waitFor();
      await page.getByRole('button', { name: 'Plan the rollout' }).click();
      await page.getByRole('row').filter({ hasText: 'this-computer' }).waitFor();
      await page.getByRole('button', { name: 'Roll out to 1 device' }).click();
      await page.getByRole('button', { name: 'Watch the fleet' }).waitFor();
      expect(await page.getByRole('row').filter({ hasText: 'this-computer' }).innerText()).toContain('Committed');
    },
    3 * STEP_MS,
  );

  it(
    'says whether the measurement can be trusted, and hands its report out',
    async () => {
      await page.getByRole('link', { name: 'Benchmarks' }).click();
      const verdict = page.getByRole('region', { name: 'Verdict on the measurement' });
      await verdict.getByRole('heading', { name: /^(Trust|Repeat|Do not use)$/ }).waitFor();
      await page.getByRole('region', { name: 'Latency percentiles' }).getByText('p50').waitFor();
      await page
        .getByRole('region', { name: 'How many boxes?' })
        .getByText(/box|None will do/)
        .first()
        .waitFor();
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Export' }).click();
      await page.getByRole('menuitem', { name: 'HTML report' }).click();
      expect((await download).suggestedFilename()).toBe('digits-mobilenet-1-benchmark.html');
    },
    STEP_MS,
  );

  it(
    'puts the time down to the nodes of the model, in its table and on its graph',
    async () => {
      await page.getByRole('link', { name: 'Profile' }).click();
      await page.getByRole('button', { name: 'Profile', exact: true }).click();
      await page.getByRole('grid', { name: 'Nodes' }).getByRole('row').nth(1).click();
      await page.getByRole('complementary', { name: 'Node' }).getByText('CPU').waitFor();
      await page.getByText('Graph', { exact: true }).click();
      await page.locator('[role=application][aria-busy=false]').waitFor();
      await page.getByText(/^Selected: /).waitFor({ state: 'attached' });
    },
    STEP_MS,
  );

  it(
    'serves requests and shows them live',
    async () => {
      await page.getByRole('link', { name: 'Fleet' }).click();
      await page.getByText('this-computer', { exact: true }).click();
      await page.getByRole('button', { name: 'Send test requests' }).click();
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByText('50 of 50 answered').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('figure', { name: 'Latency' }).locator('canvas').waitFor();
      await page.getByRole('figure', { name: 'CPU' }).locator('canvas').waitFor();
    },
    STEP_MS,
  );

  it(
    'exports the bundle as a download',
    async () => {
      await page.getByRole('link', { name: 'Bundles' }).click();
      await page.getByRole('button', { name: 'Verify' }).click();
      await page.getByText(/objects verified/).waitFor();
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('menuitem', { name: 'Export as tar' }).click();
      expect((await download).suggestedFilename()).toBe('digits-mobilenet-1.tar');
    },
    STEP_MS,
  );

  it(
    'removes the device and what stands on it',
    async () => {
      await page.getByRole('link', { name: 'Fleet' }).click();
      await page.getByText('this-computer', { exact: true }).click();
      await page.getByRole('heading', { level: 1, name: 'this-computer' }).waitFor();
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('menuitem', { name: 'Remove' }).click();
      await page.getByLabel('Also uninstall from the device').check();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await page.getByText('No devices yet').waitFor();
    },
    STEP_MS,
  );

  it('has met no error and no breach of the content policy on the way', () => {
    expect(complaints).toEqual([]);
  });

  it(
    'says so when the backend is gone',
    async () => {
      host.kill('SIGTERM');
      await page.getByText('The backend is away.').waitFor();
    },
    STEP_MS,
  );
});
