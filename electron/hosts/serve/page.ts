// Serves the built page over HTTP with the same security headers as the desktop window.
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { NONCE_PLACEHOLDER, pageFilePath, pageHeaders, pageMediaType } from '../../../shared/domain/page-files.ts';

/** Answers a GET or HEAD request for a part of the page; resolves false, with nothing sent, when there is no such part. */
export type PageHandler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<boolean>;

/** The page from a folder. `host`: address and port that the page may open its WebSocket to. */
export function createPageHandler(folder: string, host: string): PageHandler {
  return async (request, response, url) => {
    const path = pageFilePath(url.pathname);
    if (path === null) return false;
    const file = join(folder, path);
    const found = await stat(file).catch(() => null);
    if (found === null || !found.isFile()) return false;

    const nonce = randomBytes(16).toString('base64');
    const headers = { ...pageHeaders({ nonce, connect: [`ws://${host}`] }), 'Content-Type': pageMediaType(path) };
    if (path === 'index.html') {
      const html = Buffer.from((await readFile(file, 'utf8')).replaceAll(NONCE_PLACEHOLDER, nonce));
      response.writeHead(200, { ...headers, 'Content-Length': html.length });
      response.end(request.method === 'HEAD' ? undefined : html);
      return true;
    }
    response.writeHead(200, { ...headers, 'Content-Length': found.size });
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(file), response);
    return true;
  };
}
