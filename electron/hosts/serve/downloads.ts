// Files that the browser may fetch: below the exports folder or registered by the host, each under an id that works once.
import { randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { basename, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../../shared/errors/app-error.ts';

export interface Downloads {
  /** Allows a file outside the exports folder to be offered. */
  register(path: string): void;
  /** A one-time id for a file. @throws NOT_FOUND for a file that is not there or may not be offered */
  offer(path: string): Promise<string>;
  /** Sends the file of an id, which is used up by it. @throws NOT_FOUND */
  send(id: string, response: ServerResponse): Promise<void>;
}

/** Makes the exports folder below `dataDir`, so that an export from the browser has a place to go to. */
export function createDownloads(dataDir: string): Downloads {
  mkdirSync(join(dataDir, 'exports'), { recursive: true });
  const registered = new Set<string>();
  const offered = new Map<string, string>();
  return {
    register: (path) => void registered.add(path),
    async offer(path) {
      const file = await realpath(path).catch(() => null);
      const exportsFolder = await realpath(join(dataDir, 'exports')).catch(() => null);
      const isExport = file !== null && exportsFolder !== null && file.startsWith(exportsFolder + sep);
      if (file === null || !(isExport || registered.has(path)) || !(await stat(file)).isFile()) throw notFound();
      const id = randomBytes(24).toString('base64url');
      offered.set(id, file);
      return id;
    },
    async send(id, response) {
      const file = offered.get(id);
      if (file === undefined) throw notFound();
      offered.delete(id);
      const found = await stat(file).catch(() => null);
      if (found === null) throw notFound();
      response.writeHead(200, {
        'Content-Type': 'application/octet-stream',
        'Content-Length': found.size,
        'Content-Disposition': attachment(basename(file)),
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        'Cross-Origin-Resource-Policy': 'same-origin',
      });
      await pipeline(createReadStream(file), response);
    },
  };
}

/** RFC 6266: a plain name for old readers and the true one, percent-encoded by RFC 5987. */
function attachment(name: string): string {
  const plain = name.replace(/[^\w.+-]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

function notFound(): AppError {
  return new AppError('NOT_FOUND', 'There is no such file to download; export it again.');
}
