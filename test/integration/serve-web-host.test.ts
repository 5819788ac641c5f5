// The web host as a browser and as an attacker meet it: sessions, hosts and origins, page, RPC, uploads, downloads, end.
import { existsSync, promises as fs } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { RouterClient } from '@orpc/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startServer, type WebServer } from '../../electron/hosts/serve/start-server.ts';
import { floodedValues, openStreamCount, type TransportRouter, transportRouter } from '../helpers/electron-router.ts';
import { eventually } from '../helpers/eventually.ts';

const faults: string[] = [];
const log = { info: () => {}, warn: () => {}, error: (_: object, message: string) => void faults.push(message) };
let folder: string;
let server: WebServer;
let host: string;

beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'lineside-serve-'));
  const page = join(folder, 'page');
  await fs.mkdir(join(page, 'assets'), { recursive: true });
  await fs.mkdir(join(folder, 'data/exports'), { recursive: true });
  await fs.writeFile(
    join(page, 'index.html'),
    '<meta nonce="__LINESIDE_NONCE__"><style nonce="__LINESIDE_NONCE__"></style>',
  );
  await fs.writeFile(join(page, 'assets/app.js'), 'export {};');
  await fs.writeFile(join(folder, 'secret.txt'), 'not for the page');
  server = await startServer({
    router: transportRouter,
    dataDir: join(folder, 'data'),
    log,
    page,
    uploadLimitBytes: 1000,
  });
  host = new URL(server.origin).host;
});

afterEach(async () => {
  await server.close();
  await fs.rm(folder, { recursive: true, force: true });
  expect(faults.splice(0)).toEqual([]);
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** A request with nothing tidied: the path goes out as it is. */
function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
): Promise<Answer> {
  const [address, port] = host.split(':');
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { method, path, host: address, port, headers: { Host: host, ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const ours = (): Record<string, string> => ({ Origin: server.origin });

async function signIn(): Promise<Record<string, string>> {
  const token = new URL(server.newLink()).hash.replace('#token=', '');
  const answer = await ask('POST', '/session', ours(), JSON.stringify({ token }));
  expect(answer.status).toBe(200);
  return { ...ours(), Cookie: String(answer.headers['set-cookie']?.[0]).split(';')[0] ?? '' };
}

/** Status of a WebSocket handshake: 101 when it is let in. */
function shakeHands(headers: Record<string, string>, path = '/rpc'): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${host}${path}`, { headers });
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}

async function openRpc(
  headers: Record<string, string>,
): Promise<{ client: RouterClient<TransportRouter>; socket: WebSocket }> {
  const socket = new WebSocket(`ws://${host}/rpc`, { headers });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { client: createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })), socket };
}

describe('the session', () => {
  it('is opened by a token once, with a cookie that scripts and other sites cannot use', async () => {
    const link = new URL(server.newLink());
    expect(link.hash).toMatch(/^#token=[\w-]{43}$/);
    expect(link.hostname).toBe('127.0.0.1');
    const body = JSON.stringify({ token: link.hash.replace('#token=', '') });
    const first = await ask('POST', '/session', ours(), body);
    expect(first.status).toBe(200);
    expect(first.headers['set-cookie']?.[0]).toMatch(/^lineside-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await ask('POST', '/session', ours(), body)).status).toBe(401);
  });

  it('is refused to a wrong token, to another origin and to no origin', async () => {
    const body = (): string => JSON.stringify({ token: new URL(server.newLink()).hash.replace('#token=', '') });
    expect((await ask('POST', '/session', ours(), JSON.stringify({ token: 'guess' }))).status).toBe(401);
    expect((await ask('POST', '/session', { Origin: 'http://evil.example' }, body())).status).toBe(403);
    expect((await ask('POST', '/session', {}, body())).status).toBe(403);
    expect((await ask('POST', '/session', ours(), 'not json')).status).toBe(400);
  });

  it('is needed for everything but the page', async () => {
    expect((await ask('POST', '/upload?name=a', ours(), 'x')).status).toBe(401);
    expect((await ask('POST', '/downloads', ours(), '{}')).status).toBe(401);
    expect((await ask('GET', '/download/abc')).status).toBe(401);
    expect(await shakeHands(ours())).toBe(403);
  });
});

describe('host and origin', () => {
  it('refuses a request that names another host', async () => {
    expect((await ask('GET', '/', { Host: 'lineside.evil.example' })).status).toBe(403);
    expect((await ask('GET', '/', { Host: `localhost:${host.split(':')[1]}` })).status).toBe(403);
  });

  it('lets a WebSocket in only with our host, our origin and a session', async () => {
    const session = await signIn();
    const { Origin: _, ...withoutOrigin } = session;
    expect(await shakeHands(session)).toBe(101);
    expect(await shakeHands(withoutOrigin)).toBe(403);
    expect(await shakeHands({ ...session, Origin: 'http://evil.example' })).toBe(403);
    expect(await shakeHands({ ...session, Origin: 'null' })).toBe(403);
    expect(await shakeHands({ ...session, Host: 'evil.example' })).toBe(403);
    expect(await shakeHands(session, '/other')).toBe(404);
  });
});

describe('the page', () => {
  it('comes with a policy whose nonce is new at each load and stands in the page', async () => {
    const [first, second] = [await ask('GET', '/'), await ask('GET', '/devices/edge-1')];
    const policy = String(first.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-");
    expect(policy).toContain(`connect-src 'self' ws://${host}`);
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
    expect(first.text).toBe(`<meta nonce="${nonce}"><style nonce="${nonce}"></style>`);
    expect(second.headers['content-security-policy']).not.toBe(policy);
    const script = await ask('GET', '/assets/app.js');
    expect(script).toMatchObject({ status: 200, text: 'export {};' });
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect((await ask('HEAD', '/')).text).toBe('');
  });

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//etc/passwd.txt',
    '/%',
    '/.env',
    '/none.js',
  ])('has nothing at %s', async (path) => {
    const answer = await ask('GET', path);
    expect(answer.status).toBe(404);
    expect(answer.text).not.toContain('not for the page');
  });

  it('takes no other methods', async () => {
    expect((await ask('PUT', '/', ours(), 'x')).status).toBe(405);
    expect((await ask('GET', '/rpc')).status).toBe(404);
  });
});

describe('RPC', () => {
  it('answers calls and streams, and ends the streams of a browser that leaves', async () => {
    const { client, socket } = await openRpc(await signIn());
    expect(await client.echo({ text: '你好' })).toEqual({ text: '你好', pid: process.pid });
    const stream = await client.count();
    expect((await stream.next()).value).toEqual({ value: 0 });
    expect((await stream.next()).value).toEqual({ value: 1 });
    expect(openStreamCount()).toBe(1);
    socket.terminate();
    await eventually('the stream has ended', () => openStreamCount() === 0);
  });

  it('makes no values for a browser that does not take them', async () => {
    const { client, socket } = await openRpc(await signIn());
    const stream = await client.flood();
    await stream.next();
    socket.pause();
    let last = -1;
    await eventually('the stream stands still', async () => {
      const isStill = floodedValues() === last;
      last = floodedValues();
      await new Promise((resolve) => setTimeout(resolve, 200));
      return isStill;
    });
    expect(last).toBeLessThan(1000); // 64 KiB each: what socket buffers hold, and no more
    socket.terminate();
    await eventually('the stream has ended', () => openStreamCount() === 0);
  });

  it('ends calls and streams when the server closes', async () => {
    const { client, socket } = await openRpc(await signIn());
    await (await client.count()).next();
    const pending = expect(client.never()).rejects.toThrow();
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    await server.close();
    expect(await closed).toBe(1001);
    await pending;
    await eventually('the stream has ended', () => openStreamCount() === 0);
    server = await startServer({
      router: transportRouter,
      dataDir: join(folder, 'data'),
      log,
      page: join(folder, 'page'),
    });
  });
});

describe('uploads', () => {
  it('land in a folder of their own under a safe name and go with the server', async () => {
    const session = await signIn();
    const answer = await ask(
      'POST',
      `/upload?name=${encodeURIComponent('../../etc/模型 v1.onnx')}`,
      session,
      'model bytes',
    );
    expect(answer.status).toBe(200);
    const { path } = JSON.parse(answer.text) as { path: string };
    expect(path).toMatch(/\/data\/uploads\/[0-9a-f]{24}\/模型_v1\.onnx$/);
    expect(await fs.readFile(path, 'utf8')).toBe('model bytes');
    await server.close();
    expect(existsSync(path)).toBe(false);
    server = await startServer({
      router: transportRouter,
      dataDir: join(folder, 'data'),
      log,
      page: join(folder, 'page'),
    });
  });

  it('are refused over the limit, said up front or found out, and leave nothing', async () => {
    const session = await signIn();
    const big = Buffer.alloc(1001);
    const saidUpFront = await ask('POST', '/upload?name=a', session, big);
    const foundOut = await ask('POST', '/upload?name=a', { ...session, 'Transfer-Encoding': 'chunked' }, big);
    for (const answer of [saidUpFront, foundOut]) {
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text)).toMatchObject({
        error: { code: 'INPUT_INVALID', details: { limitBytes: 1000 } },
      });
    }
    expect(await fs.readdir(join(folder, 'data/uploads')).catch(() => [])).toEqual([]);
  });

  it('leave nothing when the browser breaks off', async () => {
    const session = await signIn();
    const [address, port] = host.split(':');
    const request = httpRequest({
      method: 'POST',
      path: '/upload?name=a',
      host: address,
      port,
      headers: { ...session, 'Content-Length': '900' },
    });
    request.on('error', () => {});
    request.write('half');
    const uploads = join(folder, 'data/uploads');
    await eventually(
      'the upload has begun',
      () => existsSync(uploads) && fs.readdir(uploads).then((names) => names.length === 1),
    );
    request.destroy();
    await eventually('the upload is gone', async () => (await fs.readdir(uploads)).length === 0);
  });
});

describe('downloads', () => {
  it('give an exported file once', async () => {
    const session = await signIn();
    const file = join(folder, 'data/exports/a "b" 包.tar');
    await fs.writeFile(file, 'tar bytes');
    const offered = await ask('POST', '/downloads', session, JSON.stringify({ path: file }));
    const { url } = JSON.parse(offered.text) as { url: string };
    const answer = await ask('GET', url, session);
    expect(answer.text).toBe('tar bytes');
    expect(answer.headers['content-disposition']).toBe(
      `attachment; filename="a__b___.tar"; filename*=UTF-8''a%20%22b%22%20%E5%8C%85.tar`,
    );
    expect((await ask('GET', url, session)).status).toBe(404);
  });

  it('give nothing from elsewhere, by path or by link, unless it was registered', async () => {
    const session = await signIn();
    const secret = join(folder, 'secret.txt');
    await fs.symlink(secret, join(folder, 'data/exports/link.tar'));
    const offer = (path: string): Promise<Answer> => ask('POST', '/downloads', session, JSON.stringify({ path }));
    expect((await offer(secret)).status).toBe(404);
    expect((await offer(join(folder, 'data/exports/../../secret.txt'))).status).toBe(404);
    expect((await offer(join(folder, 'data/exports/link.tar'))).status).toBe(404);
    expect((await offer(join(folder, 'data/exports'))).status).toBe(404);
    server.registerDownload(secret);
    expect((await offer(secret)).status).toBe(200);
  });
});
