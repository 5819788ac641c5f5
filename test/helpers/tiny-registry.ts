// A registry in memory that behaves by the distribution spec 1.1, referrers API included, until a test tells it to misbehave.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface TinyRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** `METHOD path` of every request so far, with its Authorization header. */
  readonly requests: { readonly line: string; readonly authorization: string | undefined }[];
  readonly blobs: Map<string, Buffer>;
  /** By digest and by tag. */
  readonly manifests: Map<string, { bytes: Buffer; mediaType: string }>;
  /** Answers a request in the registry's place when it gives true. */
  intercept: (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;
  close(): Promise<void>;
}

const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const INDEX = 'application/vnd.oci.image.index.v1+json';
const PAGE = 1;

export async function startTinyRegistry(): Promise<TinyRegistry> {
  const uploads = new Map<string, Buffer>();
  const registry = {
    host: '',
    requests: [] as TinyRegistry['requests'],
    blobs: new Map<string, Buffer>(),
    manifests: new Map<string, { bytes: Buffer; mediaType: string }>(),
    intercept: (() => false) as TinyRegistry['intercept'],
  };

  const referrers = (subject: string) =>
    [...registry.manifests]
      .filter(([name]) => name.startsWith('sha256:'))
      .map(([digest, { bytes, mediaType }]) => ({
        digest,
        size: bytes.length,
        mediaType,
        ...JSON.parse(bytes.toString()),
      }))
      .filter((one) => one.subject?.digest === subject)
      .map(({ digest, size, mediaType, artifactType }) => ({ digest, size, mediaType, artifactType }));

  async function answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const end = (status: number, headers: Record<string, string> = {}, body: Buffer | string = '') => {
      response.writeHead(status, { 'content-length': String(body.length), ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const [, kind = '', name = ''] =
      /^\/v2\/.+?\/(blobs\/uploads|blobs|manifests|referrers)\/(.*)$/.exec(url.pathname) ?? [];
    const read = request.method === 'GET' || request.method === 'HEAD';
    if (kind === 'blobs' && read) {
      const blob = registry.blobs.get(name);
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      if (blob === undefined) end(404);
      else if (from === 0) end(200, {}, blob);
      else end(206, { 'content-range': `bytes ${from}-${blob.length - 1}/${blob.length}` }, blob.subarray(from));
    } else if (kind === 'blobs/uploads') {
      const id = name === '' ? String(uploads.size + 1) : name;
      const before = uploads.get(id) ?? Buffer.alloc(0);
      const bytes = Buffer.concat([before, request.method === 'GET' ? Buffer.alloc(0) : await buffer(request)]);
      uploads.set(id, bytes);
      const headers = {
        location: url.pathname.replace(/uploads\/.*/, `uploads/${id}`),
        range: `0-${Math.max(0, bytes.length - 1)}`,
      };
      const digest = url.searchParams.get('digest');
      if (request.method !== 'PUT') end(request.method === 'GET' ? 204 : 202, headers);
      else if (digest === null || sha256(bytes) !== digest)
        end(400, {}, '{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}');
      else {
        registry.blobs.set(digest, bytes);
        end(201, { 'docker-content-digest': digest });
      }
    } else if (kind === 'manifests' && read) {
      const found = registry.manifests.get(name);
      if (found === undefined) end(404);
      else end(200, { 'content-type': found.mediaType, 'docker-content-digest': sha256(found.bytes) }, found.bytes);
    } else if (kind === 'manifests') {
      const bytes = await buffer(request);
      const subject = (JSON.parse(bytes.toString()) as { subject?: { digest: string } }).subject?.digest;
      for (const key of [name, sha256(bytes)])
        registry.manifests.set(key, { bytes, mediaType: request.headers['content-type'] ?? '' });
      end(201, {
        'docker-content-digest': sha256(bytes),
        ...(subject === undefined ? {} : { 'oci-subject': subject }),
      });
    } else if (kind === 'referrers') {
      const all = referrers(name);
      const at = Number(url.searchParams.get('at') ?? 0);
      const link = at + PAGE < all.length ? { link: `<${url.pathname}?at=${at + PAGE}>; rel="next"` } : {};
      const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: all.slice(at, at + PAGE) });
      end(200, { 'content-type': INDEX, ...link }, body);
    } else end(404);
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://${registry.host}`);
    registry.requests.push({ line: `${request.method} ${url.pathname}`, authorization: request.headers.authorization });
    if (registry.intercept(request, response, url)) return;
    answer(request, response, url).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  registry.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(registry, {
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
