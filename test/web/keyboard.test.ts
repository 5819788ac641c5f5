/** The console without a mouse: palette, table, dialogs, skip link, theme and language. */
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

async function open(path: string, state = 'full'): Promise<void> {
  await page.goto(previewUrl(server.origin, { state, path }, { theme: 'light', lang: 'en' }));
  await page.locator('main h1').waitFor();
}

const hash = () => new URL(page.url()).hash;

describe('command palette', () => {
  it('opens by Ctrl+K, finds a device and goes there', async () => {
    await open('/models');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    await page.keyboard.type('weld-02');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'weld-02' }).waitFor();
    expect(hash()).toBe('#/devices/weld-02');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('moves by arrows, says when nothing matches, and closes by Escape', async () => {
    await open('/fleet');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    const first = await page.locator('[role=option][aria-selected=true]').innerText();
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('[role=option][aria-selected=true]').innerText()).not.toBe(first);
    await page.keyboard.type('zzz');
    await page.getByText('Nothing matches.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(hash()).toBe('#/fleet');
  });
});

describe('fleet table', () => {
  it('selects by Space and deploys to the selection by selector', async () => {
    await open('/fleet');
    await page.getByRole('grid').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Deploy to 2 devices' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'New rollout' }).waitFor();
    expect(await page.getByLabel('Devices', { exact: true }).inputValue()).toBe('pack-01,pack-02');
    await page.getByRole('button', { name: 'Roll out to 2 devices' }).waitFor();
  });

  it('opens the active row by Enter and reaches the end of a thousand rows by End', async () => {
    await open('/fleet', 'many');
    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await page.getByText('box-1000', { exact: true }).waitFor();
    expect(await page.getByRole('row').count()).toBeLessThan(60);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'box-1000' }).waitFor();
  });

  it('sorts by a header button and says so', async () => {
    await open('/fleet');
    const header = page.getByRole('columnheader', { name: 'CPU' });
    await header.getByRole('button').focus();
    await page.keyboard.press('Enter');
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    expect(await page.getByRole('row').nth(1).innerText()).toContain('weld-0');
  });

  it('searches after "/" and filters by chip', async () => {
    await open('/fleet');
    await page.keyboard.press('/');
    await page.keyboard.type('site=plant-b line=pack');
    expect(await page.getByRole('row').count()).toBe(4);
    await page.getByRole('button', { name: /Needs attention/ }).focus();
    await page.keyboard.press('Space');
    expect(await page.getByRole('row').count()).toBe(2);
    expect(await page.getByRole('row').nth(1).innerText()).toContain('pack-03');
  });
});

describe('dialogs', () => {
  it('asks about an unknown host key and takes the yes', async () => {
    await open('/fleet/add');
    await page.getByLabel('Name').fill('line-1');
    await page.getByLabel('Address').fill('engineer@10.0.0.9');
    await page.keyboard.press('Enter');
    await page.getByText('SHA256:h3kLw0R8mC1nqv0Zb4nX7vIuT2pE5sYfD9aQkJgHxBo').waitFor();
    await page.getByRole('button', { name: 'It is, accept' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('is in the fleet').waitFor();
  });

  it('names the thing and the consequence before it destroys, and Escape keeps it', async () => {
    await open('/models');
    await page.getByRole('button', { name: 'More actions' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Remove model' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Remove digits-mobilenet:1?' });
    await dialog.waitFor();
    expect(await dialog.innerText()).toContain('deleted from the registry');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
});

describe('device page', () => {
  it('holds the charts still and lets them go again', async () => {
    await open('/devices/press-01');
    await page.locator('canvas').first().waitFor();
    await page.getByRole('button', { name: 'Pause' }).focus();
    await page.keyboard.press('Enter');
    const held = await page.getByText(/^Held at/).innerText();
    // The stream goes on once a second behind the pause; two ticks would show.
    await page.waitForTimeout(2200);
    expect(await page.getByText(/^Held at/).innerText()).toBe(held);
    await page.getByRole('button', { name: 'Resume' }).press('Enter');
    await page.getByText(/^Last sample/).waitFor();
  });
});

describe('shell', () => {
  it('skips to the page, and the focus can be seen', async () => {
    await open('/fleet');
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the page' });
    expect(await skip.evaluate((link) => link === document.activeElement)).toBe(true);
    expect(await skip.evaluate((link) => getComputedStyle(link).outlineStyle)).toBe('solid');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    expect(hash()).toBe('#/fleet');
  });

  it('changes theme and language in place', async () => {
    await open('/models');
    await page.getByRole('button', { name: 'Theme' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Dark' }).press('Enter');
    await page.locator('html[data-mantine-color-scheme=dark]').waitFor();
    await page.getByRole('button', { name: 'Language' }).press('Enter');
    await page.getByRole('menuitem', { name: '简体中文' }).press('Enter');
    await page.getByRole('heading', { level: 1, name: '模型' }).waitFor();
    expect(hash()).toBe('#/models');
  });

  it('shows a banner while the backend is away and keeps what is known in sight', async () => {
    await open('/fleet', 'away');
    await page.getByText('The backend is away.').waitFor();
    expect(await page.getByText('press-01', { exact: true }).isVisible()).toBe(true);
    expect(await page.getByText('Disconnected').isVisible()).toBe(true);
  });

  it('leads a first run to the main job', async () => {
    await open('/', 'empty');
    await page.getByRole('heading', { level: 1, name: 'From a model to a running line' }).waitFor();
    expect(hash()).toBe('#/start');
  });
});
