// The main job in the real window: fleet → deploy → live health, on a real box; the backend killed, and the page recovers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LaunchedElectron, launchElectron } from '../helpers/electron-app.ts';
import { eventually } from '../helpers/eventually.ts';
import { openRoad, type Road, SAMPLE_GOLDEN, SAMPLE_MODEL } from '../helpers/road.ts';

const LIMIT = { timeout: 30_000 };

let road: Road;
let lineside: LaunchedElectron;
let page: Page;

beforeAll(async () => {
  road = await openRoad();
  const box = await road.startBox('press-01');
  const { client } = road;
  await client.keys.init({});
  await client.models.import({ path: SAMPLE_MODEL, name: 'digits' });
  await client.bundles.create({
    modelRef: 'digits',
    name: 'digits',
    version: '1.0.0',
    goldenPath: SAMPLE_GOLDEN,
    probationS: 1,
  });
  await road.setUp(box);
  lineside = await launchElectron({ dataDir: road.dataDir });
  page = lineside.page;
}, 180_000);

afterAll(async () => {
  await lineside?.close();
  await road?.close();
});

const goTo = (name: string): Promise<void> => page.getByRole('navigation').getByRole('link', { name }).click(LIMIT);

/** The number under "Requests" on the device page. */
async function requestsShown(): Promise<number> {
  const text = await page
    .locator('dt', { hasText: /^Requests$/ })
    .locator('xpath=following-sibling::dd[1]')
    .innerText(LIMIT);
  return Number(text.replaceAll(/[^0-9]/g, ''));
}

describe('the main job in the window', () => {
  it('shows the box online in the fleet', async () => {
    await goTo('Fleet');
    const row = page.getByRole('row', { name: /press-01/ });
    await row.getByText('Online').waitFor(LIMIT);
    expect(await row.innerText()).toContain('nothing');
  });

  it('deploys to the selected box and reports it to its end', async () => {
    await page.getByRole('checkbox', { name: 'Select press-01' }).check(LIMIT);
    await page.getByRole('button', { name: 'Deploy to 1 device' }).click(LIMIT);
    const start = page.getByRole('button', { name: 'Roll out to 1 device' });
    await eventually('the plan is there', () => start.isEnabled(), 30_000);
    await start.click(LIMIT);
    await page
      .getByRole('row', { name: /press-01/ })
      .getByText('Committed')
      .waitFor({ timeout: 60_000 });
    const rollouts = await road.client.rollouts.list();
    expect(rollouts).toMatchObject([{ state: 'done', devices: [{ device: 'press-01', state: 'committed' }] }]);
  });

  it('shows the requests of the served model live', async () => {
    await goTo('Fleet');
    await page
      .getByRole('row', { name: /press-01/ })
      .getByText('digits:1')
      .first()
      .waitFor(LIMIT);
    await page
      .getByRole('row', { name: /press-01/ })
      .getByText('press-01')
      .click(LIMIT);
    await page.getByRole('button', { name: 'Send test requests' }).waitFor(LIMIT);
    const before = await requestsShown();
    await road.client.devices.sendTestRequests({ name: 'press-01', count: 25 });
    await eventually('the page counts the requests', async () => (await requestsShown()) >= before + 25, 30_000);
  });

  it('recovers when its backend is killed', async () => {
    const [pid] = await lineside.backendPids();
    expect(pid).toBeGreaterThan(0);
    process.kill(pid ?? 0, 'SIGKILL');
    await eventually(
      'another backend runs',
      async () => (await lineside.backendPids()).some((other) => other !== pid),
      30_000,
    );
    const before = await requestsShown();
    await road.client.devices.sendTestRequests({ name: 'press-01', count: 5 });
    await eventually('the live page goes on', async () => (await requestsShown()) >= before + 5, 45_000);
    await page.getByText('Connected').waitFor(LIMIT);
  });
});

describe('a first run', () => {
  it('leads an empty data folder to the main job, and its first step works', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lineside-first-run-'));
    const fresh = await launchElectron({ dataDir: join(folder, 'data') });
    try {
      await fresh.page.getByRole('button', { name: 'Import the sample' }).click(LIMIT);
      await fresh.page.getByRole('button', { name: 'Run benchmark' }).waitFor(LIMIT);
      await eventually(
        'the next step is open',
        () => fresh.page.getByRole('button', { name: 'Run benchmark' }).isEnabled(),
        30_000,
      );
    } finally {
      await fresh.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
