// The page straight from its sources, by Vite in middleware mode: for development only, under the same policy but for Vite's own scripts.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { NONCE_PLACEHOLDER, pageFilePath, pageHeaders } from '../../../shared/domain/page-files.ts';
import type { PageHandler } from './page.ts';

/** The WebSocket sub-protocol of Vite's hot reload. */
export const HOT_RELOAD_PROTOCOLS = ['vite-hmr', 'vite-ping'];

/** Makes the page from renderer/ on the fly; hot reload goes over the same server. */
export async function createDevPage(server: Server, host: string): Promise<PageHandler> {
  const { createServer } = await import('vite');
  const root = fileURLToPath(new URL('../../../renderer', import.meta.url));
  const vite = await createServer({
    root,
    configFile: `${root}/vite.config.ts`,
    configLoader: 'native', // The default writes files that --watch takes for changed sources.
    appType: 'custom',
    base: '/',
    server: { middlewareMode: true, ws: { server }, allowedHosts: ['127.0.0.1'] },
    html: { cspNonce: NONCE_PLACEHOLDER },
  });
  return async (request, response, url) => {
    // Vite's own addresses, such as /@vite/client, have no extension either.
    if (request.headers['sec-fetch-dest'] === 'document' && pageFilePath(url.pathname) === 'index.html') {
      const nonce = randomBytes(16).toString('base64');
      const source = await readFile(`${root}/index.html`, 'utf8');
      const html = await vite.transformIndexHtml(url.pathname, source);
      const headers = pageHeaders({ nonce, connect: [`ws://${host}`], script: [`'nonce-${nonce}'`] });
      response.writeHead(200, { ...headers, 'Content-Type': 'text/html; charset=utf-8' });
      response.end(html.replaceAll(NONCE_PLACEHOLDER, nonce));
      return true;
    }
    return new Promise((resolve) => vite.middlewares(request, response, () => resolve(false)));
  };
}
