/** Pages and states, light and dark, English and Chinese: no serious finding of axe, no breach of the content security policy, no error in the console. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Look, previewUrl, startBrowser } from './browser.ts';
import { PAGES, STATES } from './pages.ts';
import { type PreviewServer, startPreviewServer } from './preview-server.ts';

const LOOKS: readonly Look[] = [
  { theme: 'light', lang: 'en' },
  { theme: 'dark', lang: 'en' },
  { theme: 'light', lang: 'zh-CN' },
  { theme: 'dark', lang: 'zh-CN' },
];

let server: PreviewServer;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  [server, browser] = await Promise.all([startPreviewServer(), startBrowser()]);
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Every page in every look; every state in one look, all looks in turn. */
const VISITS = [
  ...PAGES.flatMap((spec) => LOOKS.map((look) => ({ spec, look }))),
  ...STATES.map((spec, index) => ({
    spec,
    look: LOOKS[index % LOOKS.length] ?? { theme: 'light' as const, lang: 'en' as const },
  })),
].map(({ spec, look }) => ({ id: spec.id, theme: look.theme, lang: look.lang, spec, look }));

describe('every page and state', () => {
  it.each(VISITS)('$id in $theme, $lang is accessible and quiet', async ({ spec, look }) => {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    try {
      await page.goto(previewUrl(server.origin, spec, look));
      await page.locator(spec.ready).first().waitFor();
      if (spec.keys) {
        await page.keyboard.press(spec.keys);
        await page.getByRole('dialog').waitFor();
      }
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter((one) => one.impact === 'serious' || one.impact === 'critical');
      expect(
        serious.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`),
      ).toEqual([]);
      expect(complaints).toEqual([]);
      expect(await page.locator('html').getAttribute('lang')).toBe(look.lang);
    } finally {
      await page.close();
    }
  });
});
