/**
 * Photographs every page in light and dark, English and Chinese, at 1440 × 900 into out/shots.
 * From a real backend where LINESIDE_URL gives its address with the token, else from the preview.
 * Arguments filter: `shots.ts fleet dark en`.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { repositoryRoot } from '../house/vehicles.ts';
import { previewUrl, startBrowser } from './browser.ts';
import { PAGES, type PageSpec, STATES } from './pages.ts';
import { startPreviewServer } from './preview-server.ts';

const THEMES = ['light', 'dark'] as const;
const LANGUAGES = ['en', 'zh-CN'] as const;
const SETTLE_MS = 1200;
const AWAY_MS = 2500;

const filters = process.argv.slice(2);

/** A filter is a whole word, or the beginning of one followed by a star. */
function isWanted(...words: string[]): boolean {
  return filters.every((filter) =>
    words.some((word) => word === filter || (filter.endsWith('*') && word.startsWith(filter.slice(0, -1)))),
  );
}

async function photograph(page: Page, spec: PageSpec, name: string): Promise<void> {
  await page.locator(spec.ready).first().waitFor({ timeout: 15_000 });
  if (spec.keys) await page.keyboard.press(spec.keys);
  // Charts and streams need a moment of real time to have something to show.
  await page.waitForTimeout(spec.state === 'away' ? AWAY_MS : SETTLE_MS);
  await page.screenshot({ path: join(repositoryRoot, 'out/shots', `${name}.png`) });
}

async function fromPreview(context: BrowserContext): Promise<number> {
  const server = await startPreviewServer();
  let count = 0;
  try {
    for (const theme of THEMES) {
      for (const lang of LANGUAGES) {
        for (const spec of [...PAGES, ...STATES].filter((one) => isWanted(one.id, theme, lang))) {
          const page = await context.newPage();
          await page.goto(previewUrl(server.origin, spec, { theme, lang }));
          await photograph(page, spec, `${spec.id}-${theme}-${lang}`);
          await page.close();
          count += 1;
        }
      }
    }
  } finally {
    await server.close();
  }
  return count;
}

/** Pages of one thing, which on a real backend are reached by opening the first row of their list. */
const FIRST_OF: Readonly<Record<string, string>> = { device: '/fleet', 'rollout-live': '/rollouts' };

async function fromBackend(context: BrowserContext, url: string): Promise<number> {
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('nav a').first().waitFor();
  let count = 0;
  for (const theme of THEMES) {
    for (const language of LANGUAGES) {
      await page.evaluate((choice) => localStorage.setItem('lineside.preferences', JSON.stringify(choice)), {
        theme,
        language,
      });
      await page.reload();
      for (const spec of PAGES.filter((one) => isWanted(one.id, theme, language))) {
        const list = FIRST_OF[spec.id];
        await page.evaluate((path) => {
          location.hash = path;
        }, list ?? spec.path);
        if (list !== undefined) {
          await page.locator('[role=gridcell]').first().waitFor();
          await page.getByRole('grid').first().focus();
          await page.keyboard.press('Enter');
        }
        await photograph(page, spec, `${spec.id}-${theme}-${language}`);
        count += 1;
      }
    }
  }
  return count;
}

await mkdir(join(repositoryRoot, 'out/shots'), { recursive: true });
const browser = await startBrowser();
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const url = process.env['LINESIDE_URL'];
  const count = url ? await fromBackend(context, url) : await fromPreview(context);
  process.stdout.write(`${count} screenshots in out/shots\n`);
} finally {
  await browser.close();
}
