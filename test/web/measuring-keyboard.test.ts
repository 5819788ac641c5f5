/** Benchmarks, comparisons, profiles and graphs without a mouse. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { previewUrl, startBrowser } from './browser.ts';
import { type PreviewServer, startPreviewServer } from './preview-server.ts';

let server: PreviewServer;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [server, browser] = await Promise.all([startPreviewServer(), startBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
});

afterEach(async () => {
  await page.close();
});

async function open(path: string): Promise<void> {
  await page.goto(previewUrl(server.origin, { state: 'full', path }, { theme: 'light', lang: 'en' }));
  await page.locator('main h1').waitFor();
}

const hash = () => new URL(page.url()).hash;

describe('benchmarks', () => {
  it('starts with the defaults by one key and shows the row at work', async () => {
    await open('/benchmarks/new/digits-mobilenet%3A2');
    await page.getByRole('button', { name: 'Start benchmark' }).press('Enter');
    await page.getByText('Row 5 of 12').waitFor();
    await page.getByRole('progressbar').waitFor();
    expect(hash()).toBe('#/benchmarks/run-107');
  });

  it('says how many rows a sweep has while it is typed, and refuses what it cannot read', async () => {
    await open('/benchmarks/new/digits-mobilenet%3A2');
    await page.getByText(/^1 row, about/).waitFor();
    await page.getByRole('button', { name: 'More to vary' }).press('Enter');
    await page.getByLabel('Threads').fill('1, 2, 4');
    await page.getByLabel('Batch sizes').fill('1, 8');
    await page.getByText(/^6 rows, about/).waitFor();
    await page.getByRole('group', { name: 'Graph optimization' }).getByRole('button', { name: 'basic' }).press('Enter');
    await page.getByText(/^12 rows, about/).waitFor();
    await page.getByLabel('Dynamic dimensions').fill('height');
    await page.getByText('Write name=size').waitFor();
    expect(await page.getByRole('button', { name: 'Start benchmark' }).isDisabled()).toBe(true);
  });

  it('goes from the table of a run to a report and back', async () => {
    await open('/benchmarks/run-105');
    const table = page.getByRole('grid', { name: 'Results by configuration' });
    await table.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Verdict on the measurement' }).getByText('Repeat').waitFor();
    expect(hash()).toBe('#/benchmarks/run-105/b-105-1');
    await page.getByRole('link', { name: /^All 12 rows/ }).press('Enter');
    await table.waitFor();
  });

  it('sorts the table by a figure and names the rows that failed', async () => {
    await open('/benchmarks/run-105');
    const header = page.getByRole('columnheader', { name: 'p50' });
    await header.getByRole('button').press('Enter');
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    const rows = page.getByRole('grid', { name: 'Results by configuration' }).getByRole('row');
    expect(await rows.nth(1).innerText()).toContain('0.916 ms');
    expect(await page.getByRole('region', { name: 'What failed' }).innerText()).toContain('7.3 GiB');
  });

  it('answers how many boxes a rate takes', async () => {
    await open('/benchmarks/run-103');
    const panel = page.getByRole('region', { name: 'How many boxes?' });
    await panel.getByText('2 boxes', { exact: true }).waitFor();
    await panel.getByLabel('Requests /s').fill('2000');
    await panel.getByText('12 boxes', { exact: true }).waitFor();
  });
});

describe('comparisons', () => {
  it('lead from a form to the work, and from an open answer to more of it', async () => {
    await open('/compare/new/digits-mobilenet%3A2');
    await page.getByRole('button', { name: 'Compare', exact: true }).press('Enter');
    await page.getByRole('progressbar', { name: 'Comparing' }).waitFor();
    await open('/compare/c-04');
    await page.getByRole('button', { name: 'Measure longer' }).press('Enter');
    await page.getByRole('progressbar', { name: 'Comparing' }).waitFor();
  });
});

describe('profiles', () => {
  it('mark a node that was chosen in the table in the flame chart and in the graph', async () => {
    await open('/profile/p-03');
    await page.getByRole('grid').focus();
    await page.keyboard.press('Enter');
    const panel = page.getByRole('complementary', { name: 'Node' });
    await panel.getByText('/features/block.5/expand/Conv_nchwc').waitFor();
    await page.getByRole('radio', { name: 'Flame chart' }).press('Space');
    const flame = page.getByRole('application', { name: /^Flame chart/ });
    await flame.focus();
    await page.keyboard.press('ArrowRight');
    await panel.getByText('/features/block.5/expand/Clip', { exact: true }).waitFor();
    await page.getByRole('radio', { name: 'Graph' }).press('Space');
    await page.getByText(/^Selected: Clip .*block\.5\/expand\/Clip$/).waitFor({ state: 'attached' });
  });
});

describe('graphs', () => {
  it('are searched, walked through their hits, and let go by Escape', async () => {
    await open('/models/digits-mobilenet%3A2/graph');
    const stage = page.getByRole('application');
    await page.locator('[role=application][aria-busy=false]').waitFor();
    await page.getByRole('searchbox', { name: 'Search the graph' }).focus();
    await page.keyboard.type('block.3/');
    await page.getByText('6 hits').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('1 of 6').waitFor();
    await page.getByText(/^Selected: Conv, .*block\.3/).waitFor({ state: 'attached' });
    await page.keyboard.press('Shift+Enter');
    await page.getByText('6 of 6').waitFor();
    await stage.focus();
    for (const key of ['0', '+', 'ArrowDown', '-', 'Escape']) await page.keyboard.press(key);
    await page.getByRole('heading', { name: 'No node selected' }).waitFor();
  });
});
