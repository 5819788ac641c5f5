/** Starts the Chromium of the web tests. */
import { type Browser, chromium } from 'playwright-core';
import { findChromium } from '../house/vehicles.ts';

export async function startBrowser(): Promise<Browser> {
  const vehicle = findChromium();
  if ('missing' in vehicle) throw new Error(vehicle.missing);
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath: vehicle.path, args: isRoot ? ['--no-sandbox'] : [] });
}

export interface Look {
  readonly theme: 'light' | 'dark';
  readonly lang: 'en' | 'zh-CN';
}

/** The address of a page in the preview. */
export function previewUrl(
  origin: string,
  page: { readonly state: string; readonly path: string },
  look: Look,
): string {
  return `${origin}/?state=${page.state}&theme=${look.theme}&lang=${look.lang}#${page.path}`;
}
