// What registries do that docker-registry does not: bearer tokens, redirects, the referrers API, and faults of every kind.
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadBlob } from '../../electron/backend/registry/blob-download.ts';
import { uploadBlob } from '../../electron/backend/registry/blob-upload.ts';
import { getManifest } from '../../electron/backend/registry/manifests.ts';
import {
  createRegistrySession,
  type RegistrySession,
  type SessionOptions,
} from '../../electron/backend/registry/registry-session.ts';
import { type BundleLab, createBundleLab, MODELS } from '../helpers/bundle-lab.ts';
import { lastOf } from '../helpers/last-of.ts';
import { startTinyRegistry, type TinyRegistry } from '../helpers/tiny-registry.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const bytes = randomBytes(300_000);
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const blob = { digest, size: bytes.length, read: (start: number, end: number) => [bytes.subarray(start, end)] };
const quiet = { onBytes: () => undefined };

let registry: TinyRegistry;
let sessions: RegistrySession[];

beforeEach(async () => {
  registry = await startTinyRegistry();
  sessions = [];
});
afterEach(async () => {
  for (const session of sessions) session.close();
  await registry.close();
});

function open(options: Partial<SessionOptions> = {}): RegistrySession {
  const findCredentials = async () => ({ username: 'me', password: 'open sesame', isRefreshToken: false });
  const session = createRegistrySession({ registry: registry.host, repository: 'a/b', findCredentials, ...options });
  sessions.push(session);
  return session;
}

async function download(session: RegistrySession): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of downloadBlob(session, blob, () => undefined)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const reply = (response: ServerResponse, status: number, headers: Record<string, string> = {}, body = '') => {
  response.writeHead(status, headers);
  response.end(body);
  return true;
};

describe('bearer tokens', () => {
  const basic = `Basic ${Buffer.from('me:open sesame').toString('base64')}`;
  let given: number;

  /** Tokens are good for two requests each. */
  const guard = (realm: string) => (request: IncomingMessage, response: ServerResponse, url: URL) => {
    if (url.pathname === '/token') {
      if (request.headers.authorization !== basic) return reply(response, 401);
      given += 1;
      expect(url.searchParams.get('service')).toBe('tiny');
      expect(url.searchParams.getAll('scope')).toContain('repository:a/b:pull,push');
      return reply(response, 200, {}, JSON.stringify({ token: `t${given}` }));
    }
    const uses = registry.requests.filter((one) => one.authorization === `Bearer t${given}`).length;
    if (request.headers.authorization === `Bearer t${given}` && uses <= 2) return false;
    const challenge = `Bearer realm="${realm}",service="tiny",scope="repository:a/b:pull,push"`;
    return reply(response, 401, { 'www-authenticate': challenge });
  };

  beforeEach(() => {
    given = 0;
  });

  it('are fetched with the login, used, and renewed when they are no longer good', async () => {
    registry.intercept = guard(`http://${registry.host}/token`);
    const session = open();
    expect(await uploadBlob(session, blob, quiet)).toBe('uploaded');
    expect(await download(session)).toEqual(bytes);
    expect(given).toBeGreaterThan(1);
    const sent = registry.requests.filter(({ line }) => !line.includes('/token')).map((one) => one.authorization);
    expect(sent).not.toContain(basic);
  });

  it('are refused with a wrong login, and never asked for where the login would be seen', async () => {
    registry.intercept = guard(`http://${registry.host}/token`);
    const findCredentials = async () => ({ username: 'me', password: 'wrong', isRefreshToken: false });
    await expect(download(open({ findCredentials }))).rejects.toEqual(code('REGISTRY_AUTH_FAILED'));
    registry.intercept = guard('http://registry.invalid/token');
    await expect(download(open())).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: expect.stringContaining('not protected'),
    });
  });
});

describe('redirects', () => {
  it('are followed to another server, which sees no login', async () => {
    const store = await startTinyRegistry();
    try {
      store.blobs.set(digest, bytes);
      registry.intercept = (request, response) =>
        request.headers.authorization === undefined
          ? reply(response, 401, { 'www-authenticate': 'Basic realm="x"' })
          : reply(response, 307, { location: `http://${store.host}/v2/x/blobs/${digest}` });
      expect(await download(open())).toEqual(bytes);
      expect(store.requests).toEqual([{ line: `GET /v2/x/blobs/${digest}`, authorization: undefined }]);
    } finally {
      await store.close();
    }
  });

  it.each([
    ['in a circle', '/v2/a/b/again'],
    ['to an address without protection', 'http://registry.invalid/x'],
    ['to a file', 'file:///etc/passwd'],
    ['to nothing', 'http://['],
  ])('%s are refused', async (_where, location) => {
    registry.intercept = (_request, response) => reply(response, 302, { location });
    await expect(download(open())).rejects.toEqual(code('REGISTRY_REFUSED'));
    expect(registry.requests.length).toBeLessThanOrEqual(6);
  });
});

describe('transfers', () => {
  it('go on with the piece after the last that arrived', async () => {
    let isCut = false;
    registry.intercept = (request, response) => {
      if (request.method !== 'PATCH' || isCut || !request.headers['content-range']?.startsWith('100000-')) return false;
      isCut = true;
      response.destroy();
      return true;
    };
    expect(await uploadBlob(open(), blob, { ...quiet, pieceBytes: 100_000 })).toBe('uploaded');
    expect(registry.blobs.get(digest)).toEqual(bytes);
    const lines = registry.requests.map(({ line }) => line.split(' ')[0]);
    expect(lines).toEqual(['HEAD', 'POST', 'PATCH', 'PATCH', 'GET', 'PATCH', 'PATCH', 'PUT']);
  });

  it('are in one request where a registry takes no pieces', async () => {
    registry.intercept = (request, response) => request.method === 'PATCH' && reply(response, 405);
    expect(await uploadBlob(open(), blob, { ...quiet, pieceBytes: 100_000 })).toBe('uploaded');
    expect(registry.blobs.get(digest)).toEqual(bytes);
  });

  it('end after some breaks in a row, and while a registry stays silent', async () => {
    registry.intercept = (request, response) => {
      if (request.method === 'GET') response.destroy();
      return true;
    };
    await Promise.all([
      expect(download(open())).rejects.toEqual(code('REGISTRY_UNREACHABLE')),
      expect(uploadBlob(open({ silenceMs: 50 }), blob, quiet)).rejects.toMatchObject({
        code: 'REGISTRY_UNREACHABLE',
        message: expect.stringContaining('no answer for'),
      }),
    ]);
    expect(registry.requests.filter(({ line }) => line.startsWith('GET'))).toHaveLength(6);
  });

  it('wait when the registry is busy', async () => {
    registry.blobs.set(digest, bytes);
    let left = 2;
    registry.intercept = (_request, response) => left-- > 0 && reply(response, 429, { 'retry-after': '0' });
    expect(await download(open())).toEqual(bytes);
  });

  it('stop at more than was promised', async () => {
    registry.blobs.set(digest, Buffer.concat([bytes, bytes]));
    await expect(download(open())).rejects.toEqual(code('REGISTRY_REFUSED'));
    await expect(uploadBlob(open(), blob, quiet)).rejects.toEqual(code('REGISTRY_REFUSED'));
  });

  it('take no manifest that is endless, or another one', async () => {
    registry.intercept = (_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 16)));
      };
      response.on('drain', more);
      more();
      return true;
    };
    await expect(getManifest(open(), '1')).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: expect.stringContaining('more than'),
    });
    registry.intercept = (_request, response) => reply(response, 200, {}, '{}');
    await expect(getManifest(open(), digest)).rejects.toMatchObject({
      message: expect.stringContaining('another manifest'),
    });
  });

  it('say what the registry said', async () => {
    registry.intercept = (_request, response) =>
      reply(response, 400, {}, '{"errors":[{"code":"NAME_INVALID","message":"no such thing"}]}');
    await expect(getManifest(open(), '1')).rejects.toMatchObject({
      message: expect.stringContaining('(status 400: NAME_INVALID no such thing)'),
    });
  });
});

describe('plain HTTP', () => {
  it('is spoken to this computer, elsewhere only when asked for', () => {
    const protocol = (registry: string, plainHttp?: boolean) => open({ registry, plainHttp }).url('x').protocol;
    expect(['localhost:1', '127.0.0.9', '[::1]:2'].map((one) => protocol(one))).toEqual(['http:', 'http:', 'http:']);
    expect(['registry.invalid', '127.0.0.1.invalid', '10.0.0.1:5000'].map((one) => protocol(one))).toEqual([
      'https:',
      'https:',
      'https:',
    ]);
    expect(protocol('10.0.0.1:5000', true)).toBe('http:');
  });

  it('is recognized where TLS was expected', async () => {
    await expect(open().send('GET', new URL(`https://${registry.host}/v2/`))).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('--plain-http'),
    });
  });
});

describe('a registry that lists referrers by itself', () => {
  let lab: BundleLab;
  beforeEach(() => {
    lab = createBundleLab();
  });
  afterEach(() => lab.close());

  it('gets no tag in the place of the list, and gives the signatures back page by page', async () => {
    const goldenPath = `${MODELS}digits-tabular.golden.npz`;
    const detail = await lab.bundles.create({ modelRef: 'digits-tabular', name: 'digits', version: '1', goldenPath });
    const reference = `oci://${registry.host}/a/b:1`;
    await lastOf(lab.bundles.push({ ref: 'digits', reference }));
    expect([...registry.manifests.keys()].filter((name) => !name.startsWith('sha256:'))).toEqual(['1']);
    await lab.bundles.remove('digits');
    // Others sign here too, in forms that are not ours.
    const foreign = Buffer.from(
      JSON.stringify({
        artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        subject: { digest: detail.digest },
        layers: [],
      }),
    );
    registry.manifests.set(`sha256:${createHash('sha256').update(foreign).digest('hex')}`, {
      bytes: foreign,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
    });
    const pulled = await lastOf(lab.bundles.pull({ reference }));
    expect(pulled).toMatchObject({ digest: detail.digest, blobs: detail.blobs });
  });

  it('cannot pass off a changed part', async () => {
    const goldenPath = `${MODELS}digits-tabular.golden.npz`;
    const detail = await lab.bundles.create({ modelRef: 'digits-tabular', name: 'digits', version: '1', goldenPath });
    const reference = `oci://${registry.host}/a/b:1`;
    await lastOf(lab.bundles.push({ ref: 'digits', reference }));
    await lab.bundles.remove('digits');
    const model = detail.blobs.find(({ title }) => title === 'digits-tabular.onnx')?.digest ?? '';
    const changed = Buffer.from(registry.blobs.get(model) ?? []);
    changed[100] = (changed[100] ?? 0) ^ 1;
    registry.blobs.set(model, changed);
    await expect(lastOf(lab.bundles.pull({ reference }))).rejects.toEqual(code('BUNDLE_DIGEST_MISMATCH'));
    expect(lab.bundles.list()).toEqual([]);
  });
});
