/** Builds the preview and serves it on a free loopback port under the same content security policy as the product. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { build } from 'vite';
import { repositoryRoot } from '../house/vehicles.ts';

export interface PreviewServer {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  close(): Promise<void>;
}

const NONCE = 'dGhlLXByZXZpZXctbm9uY2U';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' 'nonce-${NONCE}'`,
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self' ws:",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

async function buildPreview(): Promise<void> {
  await build({ configFile: join(repositoryRoot, 'renderer/vite.config.ts'), mode: 'preview', logLevel: 'error' });
}

/** @param options.isBuilt true: what lies in out/preview is taken as it is */
export async function startPreviewServer(options: { isBuilt?: boolean } = {}): Promise<PreviewServer> {
  if (options.isBuilt !== true) await buildPreview();
  const root = join(repositoryRoot, 'out/preview');
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://preview').pathname);
    const file = join(root, path === '/' ? 'index.html' : path);
    readFile(file).then(
      (body) => {
        const type = TYPES[extname(file)] ?? 'application/octet-stream';
        response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY });
        response.end(
          type.startsWith('text/html') ? body.toString('utf8').replaceAll('__LINESIDE_NONCE__', NONCE) : body,
        );
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
