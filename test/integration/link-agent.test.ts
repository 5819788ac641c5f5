// Talking to an agent through SSH: its socket, its bridge, streams, uploads, and what is said when it is not there.
import { once } from 'node:events';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAgent } from '../../devices/link/agent-channel.ts';
import type { Connection } from '../../devices/link/connection.ts';
import type { SshdBox } from '../../devices/simulator/sshd-box.ts';
import { AGENT_ROUTES, agentHelloSchema, watchEventSchema } from '../../shared/agent-protocol/messages.ts';
import { AGENT_ENTRY, startAgent } from '../helpers/agent-process.ts';
import { startFaultProxy } from '../helpers/fault-proxy.ts';
import { createLab, failureOf, type Lab, sshdObstacle } from '../helpers/sshd.ts';

let lab: Lab;
let root = '';

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Stands where an agent would listen. */
async function serve(handler: RequestListener, keepAliveTimeout = 5000) {
  await mkdir(join(root, 'run'), { recursive: true });
  const path = join(root, 'run', 'agent.sock');
  await rm(path, { force: true });
  const server = createServer({ keepAliveTimeout }, handler);
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(path);
  await once(server, 'listening');
  lab.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return { connections: () => connections, server };
}

describe.skipIf(sshdObstacle)('an agent behind sshd', () => {
  let box: SshdBox;
  let connection: Connection;
  beforeEach(async () => {
    lab = await createLab();
    box = await lab.startBox('press');
    root = join(box.home, 'lineside');
    connection = await lab.connect(box);
  });
  afterEach(() => lab.close());

  it('says hello, streams samples, and ends the stream at the signal', async () => {
    const agent = await startAgent(root);
    lab.defer(() => agent.stop());
    const channel = await openAgent(connection, { root });
    expect(channel.kind).toBe('socket');
    expect(agentHelloSchema.parse(await channel.request({ path: AGENT_ROUTES.hello })).root).toBe(root);
    const abort = new AbortController();
    const seen: string[] = [];
    const follow = async () => {
      for await (const line of channel.stream({ path: `${AGENT_ROUTES.watch}?history=3`, signal: abort.signal })) {
        seen.push(watchEventSchema.parse(line).type);
        if (seen.includes('sample')) abort.abort();
      }
    };
    expect((await failureOf(follow())).code).toBe('CANCELLED');
    expect(seen[0]).toBe('status');
    const unknown = await failureOf(channel.request({ method: 'POST', path: '/v1/nothing', body: {} }));
    expect(unknown.code).toBe('NOT_FOUND');
    channel.close();
    expect((await connection.exec('echo on')).stdout).toBe('on\n');
  });

  it('goes through the bridge where the server forbids sockets', async () => {
    const agent = await startAgent(root);
    lab.defer(() => agent.stop());
    const strict = await lab.startBox('strict', { extraConfig: ['AllowStreamLocalForwarding no'] });
    const narrow = await lab.connect(strict);
    await mkdir(join(root, 'kit'), { recursive: true });
    const launch = join(root, 'kit', 'launch');
    await writeFile(launch, `#!/bin/sh\nexec '${process.execPath}' '${AGENT_ENTRY}' "$@" --root '${root}'\n`);
    await chmod(launch, 0o700);
    const channel = await openAgent(narrow, { root });
    expect(channel.kind).toBe('bridge');
    expect(agentHelloSchema.parse(await channel.request({ path: AGENT_ROUTES.hello })).pid).toBe(agent.child.pid);
    await agent.stop();
    expect((await failureOf(channel.request({ path: AGENT_ROUTES.hello }))).code).toBe('AGENT_NOT_RUNNING');
    channel.close();
  });

  it('tells a device without Lineside from one whose agent is down', async () => {
    expect((await failureOf(openAgent(connection, { root }))).code).toBe('AGENT_NOT_INSTALLED');
    await mkdir(join(root, 'kit'), { recursive: true });
    await writeFile(join(root, 'kit', 'launch'), '#!/bin/sh\n', { mode: 0o700 });
    expect((await failureOf(openAgent(connection, { root }))).code).toBe('AGENT_NOT_RUNNING');
    await mkdir(join(root, 'run'));
    await writeFile(join(root, 'run', 'agent.json'), JSON.stringify({ pid: 4_000_000, socketPath: '/x' }));
    expect((await failureOf(openAgent(connection, { root }))).code).toBe('AGENT_NOT_RUNNING');
  });

  it('finds a socket that lies elsewhere by the agent’s own record', async () => {
    const { server } = await serve((_request, response) => response.end('{"here":true}'));
    const path = join(root, 'run', 'agent.sock');
    const other = join(lab.directory, 'other "place".sock');
    const elsewhere = createServer((_request, response) => response.end('{"here":true}')).listen(other);
    lab.defer(() => elsewhere.close());
    await once(elsewhere, 'listening');
    server.close();
    await rm(path, { force: true });
    await writeFile(join(root, 'run', 'agent.json'), JSON.stringify({ pid: process.pid, socketPath: other }));
    const channel = await openAgent(connection, { root });
    expect(await channel.request({ path: '/' })).toEqual({ here: true });
    channel.close();
    elsewhere.closeAllConnections();
  });

  it('uses one channel for many calls, and a new one when the agent closed it meanwhile', async () => {
    const { connections, server } = await serve((_request, response) => response.end('{"n":1}'));
    const channel = await openAgent(connection, { root });
    for (let call = 0; call < 5; call += 1) await channel.request({ path: '/' });
    expect(connections()).toBe(1);
    server.closeIdleConnections();
    for (let call = 0; call < 3; call += 1) expect(await channel.request({ path: '/' })).toEqual({ n: 1 });
    expect(connections()).toBe(2);
    channel.close();
  });

  it('sends bodies and gives errors back as they were', async () => {
    await serve((request, response) => {
      void readBody(request).then((body) => {
        if (request.url === '/echo') response.end(JSON.stringify({ method: request.method, body: body.toString() }));
        else if (request.url === '/ours') {
          response.statusCode = 507;
          const error = { code: 'DEVICE_DISK_FULL', message: 'Full.', details: { freeBytes: 1 }, retryable: false };
          response.end(JSON.stringify({ error }));
        } else if (request.url === '/oip') response.writeHead(400).end('{"error":"wrong shape"}');
        else if (request.url === '/empty') response.writeHead(200).end();
        else response.writeHead(500).end('<html>');
      });
    });
    const channel = await openAgent(connection, { root });
    expect(await channel.request({ path: '/echo', body: { a: 1 } })).toEqual({ method: 'POST', body: '{"a":1}' });
    expect(await channel.request({ path: '/echo', rawBody: '[2]' })).toEqual({ method: 'POST', body: '[2]' });
    expect(await channel.request({ path: '/empty' })).toBeNull();
    const ours = await failureOf(channel.request({ path: '/ours' }));
    expect([ours.code, ours.details]).toEqual(['DEVICE_DISK_FULL', { freeBytes: 1 }]);
    const oip = await failureOf(channel.request({ path: '/oip' }));
    expect([oip.code, oip.message.includes('wrong shape')]).toEqual(['MODEL_RUN_FAILED', true]);
    expect((await failureOf(channel.request({ path: '/odd' }))).code).toBe('AGENT_INCOMPATIBLE');
    channel.close();
  });

  it('gives up on an answer that does not come, and on a hang-up', async () => {
    await serve((request, response) => void (request.url === '/hang-up' && response.destroy()));
    const channel = await openAgent(connection, { root });
    expect((await failureOf(channel.request({ path: '/', timeoutMs: 100 }))).code).toBe('SSH_TIMEOUT');
    expect((await failureOf(channel.request({ path: '/hang-up' }))).code).toBe('AGENT_NOT_RUNNING');
    const abort = new AbortController();
    const call = failureOf(channel.request({ path: '/', signal: abort.signal }));
    abort.abort();
    expect((await call).code).toBe('CANCELLED');
    channel.close();
  });

  it('reads lines that are cut anywhere, and ends the call when the loop is left', async () => {
    const ended = Promise.withResolvers<void>();
    await serve((_request, response) => {
      response.on('close', () => ended.resolve());
      const bytes = Buffer.from('{"text":"größer"}\n\n{"n":2}\n{"n":3}\n');
      for (const byte of bytes) response.write(Buffer.from([byte]));
    });
    const channel = await openAgent(connection, { root });
    const seen: unknown[] = [];
    for await (const line of channel.stream({ path: '/' })) {
      seen.push(line);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([{ text: 'größer' }, { n: 2 }, { n: 3 }]);
    await ended.promise;
    channel.close();
  });

  describe('uploading', () => {
    const receive = (answer: (sizeBytes: number, response: ServerResponse) => void): RequestListener => {
      return (request, response) => {
        let sizeBytes = 0;
        request.on('data', (chunk: Buffer) => {
          sizeBytes += chunk.length;
        });
        request.on('end', () => answer(sizeBytes, response));
      };
    };
    const blocks = async function* (count: number, onClose?: () => void) {
      try {
        for (let index = 0; index < count; index += 1) yield Buffer.alloc(1024 * 1024, index);
      } finally {
        onClose?.();
      }
    };

    it('sends every byte and tells how far it is', async () => {
      await serve(receive((sizeBytes, response) => response.end(JSON.stringify({ sizeBytes }))));
      const channel = await openAgent(connection, { root });
      const steps: number[] = [];
      const length = 20 * 1024 * 1024;
      const answer = await channel.put({
        path: '/o',
        source: blocks(20),
        length,
        onProgress: (sent) => steps.push(sent),
      });
      expect(answer).toEqual({ sizeBytes: length });
      expect(steps).toHaveLength(20);
      expect(steps.at(-1)).toBe(length);
      channel.close();
    });

    it('stops sending when the agent has refused already, and closes the source', async () => {
      await serve((_request, response) => {
        const error = { code: 'DEVICE_DISK_FULL', message: 'Full.', details: {}, retryable: false };
        response.writeHead(507, { connection: 'close' }).end(JSON.stringify({ error }));
      });
      const channel = await openAgent(connection, { root });
      let isClosed = false;
      const source = blocks(500, () => {
        isClosed = true;
      });
      const error = await failureOf(channel.put({ path: '/o', source, length: 500 * 1024 * 1024 }));
      expect(error.code).toBe('DEVICE_DISK_FULL');
      expect(isClosed).toBe(true);
      channel.close();
    });

    it('ends with SSH_CONNECTION_LOST when the link is cut, and with CANCELLED at the signal', async () => {
      await serve(receive((_sizeBytes, response) => response.end('{}')));
      const proxy = await startFaultProxy(box.host, box.port);
      lab.defer(() => proxy.close());
      const fragile = await lab.connect(box, { host: proxy.host, port: proxy.port });
      const channel = await openAgent(fragile, { root });
      proxy.cut(3 * 1024 * 1024);
      const cut = await failureOf(channel.put({ path: '/o', source: blocks(100), length: 100 * 1024 * 1024 }));
      expect(cut.code).toBe('SSH_CONNECTION_LOST');

      const abort = new AbortController();
      const whole = await openAgent(connection, { root });
      const onProgress = (sent: number) => void (sent > 5 * 1024 * 1024 && abort.abort());
      const call = whole.put({
        path: '/o',
        source: blocks(100),
        length: 100 * 1024 * 1024,
        signal: abort.signal,
        onProgress,
      });
      expect((await failureOf(call)).code).toBe('CANCELLED');
      expect(await whole.request({ path: '/' })).toEqual({});
    });

    it('passes on what the source throws', async () => {
      await serve(receive((_sizeBytes, response) => response.end('{}')));
      const channel = await openAgent(connection, { root });
      const source = (async function* () {
        yield Buffer.alloc(10);
        throw new RangeError('the file is broken');
      })();
      await expect(channel.put({ path: '/o', source, length: 20 })).rejects.toThrow('the file is broken');
      channel.close();
    });
  });
});
