// The app:// protocol: the only place that the page comes from. Serves files of the built page, and nothing else, with a strict policy.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { protocol } from 'electron';
import { NONCE_PLACEHOLDER, pageFilePath, pageHeaders, pageMediaType } from '../../shared/domain/page-files.ts';
import { PAGE_HOST, PAGE_SCHEME } from './page-origin.ts';

/** Must be called before the application is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the built page's folder on app://lineside. */
export function servePage(folder: string): void {
  protocol.handle(PAGE_SCHEME, (request) => answer(folder, request.method, request.url));
}

async function answer(folder: string, method: string, address: string): Promise<Response> {
  const url = new URL(address);
  const nonce = randomBytes(16).toString('base64');
  const headers = pageHeaders({ nonce });
  const path = url.host === PAGE_HOST && method === 'GET' ? pageFilePath(url.pathname) : null;
  const bytes = path === null ? null : await readFile(join(folder, path)).catch(() => null);
  if (path === null || bytes === null)
    return new Response('There is nothing at this address.', { status: 404, headers });
  const body = path === 'index.html' ? bytes.toString('utf8').replaceAll(NONCE_PLACEHOLDER, nonce) : bytes;
  return new Response(body, { status: 200, headers: { ...headers, 'Content-Type': pageMediaType(path) } });
}
