// Channels over a real sshd: commands, sockets, back-pressure; and that everything ends when the link does.
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectLocal } from '../../devices/link/connect-local.ts';
import type { Connection } from '../../devices/link/connection.ts';
import type { SshdBox } from '../../devices/simulator/sshd-box.ts';
import { startFaultProxy } from '../helpers/fault-proxy.ts';
import { createLab, failureOf, type Lab, sshdObstacle } from '../helpers/sshd.ts';

async function listenUnix(path: string, onConnect: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, onConnect);
  server.listen(path);
  await once(server, 'listening');
  return server;
}

describe.each(sshdObstacle ? ['this computer'] : ['sshd', 'this computer'])('a connection to %s', (kind) => {
  let lab: Lab;
  let connection: Connection;
  beforeAll(async () => {
    lab = await createLab();
    connection = kind === 'sshd' ? await lab.connect(await lab.startBox('press')) : connectLocal();
  });
  afterAll(async () => {
    await connection.close();
    await lab.close();
  });

  it('feeds stdin from a buffer, a stream and an iterable', async () => {
    expect((await connection.exec('cat', { stdin: Buffer.from('one') })).stdout).toBe('one');
    expect((await connection.exec('cat', { stdin: Readable.from([Buffer.from('two')]) })).stdout).toBe('two');
    const iterable = (async function* () {
      yield Buffer.from('thr');
      yield Buffer.from('ee');
    })();
    expect((await connection.exec('cat', { stdin: iterable })).stdout).toBe('three');
    expect((await connection.exec('cat')).stdout).toBe('');
  });

  it('passes on what a source of stdin throws', async () => {
    const source = (async function* () {
      yield Buffer.from('x');
      throw new RangeError('the source is broken');
    })();
    await expect(connection.exec('cat', { stdin: source })).rejects.toThrow('the source is broken');
  });

  it('takes the exit status of a command that does not read its input', async () => {
    const result = await connection.exec('exit 3', { stdin: Buffer.alloc(8 * 1024 * 1024) });
    expect(result.code).toBe(3);
  });

  it('tells a signal from an exit status', async () => {
    expect(await connection.exec('kill -TERM $$')).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  it('cuts long output off but lets the command end', async () => {
    const result = await connection.exec('head -c 3000000 /dev/zero; echo done >&2', { maxOutputBytes: 1000 });
    expect([result.stdout.length, result.stderr, result.code]).toEqual([1000, 'done\n', 0]);
  });

  it('ends a command at its time limit and at the signal', async () => {
    const slow = await failureOf(connection.exec('sleep 60', { timeoutMs: 100 }));
    expect(slow.code).toBe('SSH_TIMEOUT');
    const abort = new AbortController();
    const pidFile = join(lab.directory, `pid-${kind.length}`);
    const stream = await connection.execStream(`echo $$ > ${pidFile}; echo up; exec cat`, {
      signal: abort.signal,
    });
    await once(stream, 'data');
    abort.abort();
    expect((await failureOf(stream.exit)).code).toBe('CANCELLED');
    const pid = Number(await readFile(pidFile, 'utf8'));
    await expect.poll(() => isRunning(pid), { timeout: 5000 }).toBe(false);
  });

  it('runs many commands at once', async () => {
    const numbers = Array.from({ length: 30 }, (_, index) => index);
    const results = await Promise.all(numbers.map((number) => connection.exec(`echo ${number}`)));
    expect(results.map((result) => Number(result.stdout))).toEqual(numbers);
  });

  it('carries a Unix socket both ways, byte for byte and with half-close', async () => {
    const path = join(lab.directory, `echo-${kind.length}.sock`);
    const server = await listenUnix(path, (socket) => {
      const hash = createHash('sha256');
      let sizeBytes = 0;
      socket.on('data', (chunk: Buffer) => {
        hash.update(chunk);
        sizeBytes += chunk.length;
      });
      socket.on('end', () => socket.end(JSON.stringify({ sizeBytes, sha256: hash.digest('hex') })));
    });
    lab.defer(() => server.close());
    const bytes = randomFillSync(Buffer.alloc(24 * 1024 * 1024 + 5));
    const stream = await connection.openUnix(path);
    let answer = '';
    stream.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    const pieces = (function* () {
      for (let at = 0; at < bytes.length; at += 700_001) yield bytes.subarray(at, at + 700_001);
    })();
    await Promise.all([pipeline(pieces, stream, { end: true }), finished(stream, { writable: false })]);
    expect(JSON.parse(answer)).toEqual({
      sizeBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  });

  it('holds the writer back while the other side does not read', async () => {
    const path = join(lab.directory, `slow-${kind.length}.sock`);
    const accepted = Promise.withResolvers<Socket>();
    const server = await listenUnix(path, (socket) => accepted.resolve(socket.pause()));
    lab.defer(() => server.close());
    const stream = await connection.openUnix(path);
    const reader = await accepted.promise;
    lab.defer(() => reader.destroy());
    const block = Buffer.alloc(1024 * 1024);
    let written = 0;
    const writer = (async () => {
      for (; written < 64; written += 1) if (!stream.write(block)) await once(stream, 'drain');
    })();
    // The kernel, the server and the window take some; what is left waits for the reader.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(60);
    reader.resume();
    await writer;
    stream.destroy();
  });

  it('says that nobody listens at a socket or a port', async () => {
    expect((await failureOf(connection.openUnix(join(lab.directory, 'nobody.sock')))).code).toBe('SSH_CHANNEL_REFUSED');
    expect((await failureOf(connection.openTcp('127.0.0.1', 1))).code).toBe('SSH_CHANNEL_REFUSED');
  });

  it('opens a TCP port as seen from there', async () => {
    const server = createServer((socket) => socket.end('hello'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    lab.defer(() => server.close());
    const stream = await connection.openTcp('127.0.0.1', (server.address() as AddressInfo).port);
    expect(String(await once(stream, 'data'))).toBe('hello');
    stream.end();
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(sshdObstacle)('when the link ends', () => {
  let lab: Lab;
  let box: SshdBox;
  beforeAll(async () => {
    lab = await createLab();
    box = await lab.startBox('press');
  });
  afterAll(() => lab.close());

  const viaProxy = async (more = {}) => {
    const proxy = await startFaultProxy(box.host, box.port);
    lab.defer(() => proxy.close());
    const connection = await lab.connect(box, { host: proxy.host, port: proxy.port, ...more });
    return { proxy, connection };
  };

  it('ends commands, streams and what is being opened with SSH_CONNECTION_LOST', async () => {
    const { proxy, connection } = await viaProxy();
    const running = failureOf(connection.exec('sleep 60'));
    const stream = await connection.execStream('cat');
    const exit = failureOf(stream.exit);
    const [unixError] = [once(stream, 'error')];
    const opening = failureOf(connection.exec('echo never', { stdin: Buffer.alloc(100) }));
    proxy.cut();
    expect((await running).code).toBe('SSH_CONNECTION_LOST');
    expect((await exit).code).toBe('SSH_CONNECTION_LOST');
    expect(((await unixError) as unknown as Error[])[0]).toMatchObject({ code: 'SSH_CONNECTION_LOST' });
    expect((await opening).code).toBe('SSH_CONNECTION_LOST');
    expect((await connection.closed)?.code).toBe('SSH_CONNECTION_LOST');
    expect((await failureOf(connection.openUnix('/x'))).code).toBe('SSH_CONNECTION_LOST');
  });

  it('ends a push in the middle', async () => {
    const { proxy, connection } = await viaProxy();
    proxy.cut(5 * 1024 * 1024);
    const error = await failureOf(connection.exec('cat > /dev/null', { stdin: Buffer.alloc(64 * 1024 * 1024) }));
    expect(error.code).toBe('SSH_CONNECTION_LOST');
  });

  it('ends a writer that waits for a reader', async () => {
    const path = join(lab.directory, 'stuck.sock');
    const server = await listenUnix(path, (socket) => lab.defer(() => socket.pause().destroy()));
    lab.defer(() => server.close());
    const { proxy, connection } = await viaProxy();
    const stream = await connection.openUnix(path);
    const sending = pipeline(Readable.from([Buffer.alloc(32 * 1024 * 1024)]), stream);
    proxy.cut();
    await expect(sending).rejects.toMatchObject({ code: 'SSH_CONNECTION_LOST' });
  });

  it('notices a link that went silent without a word', async () => {
    const { proxy, connection } = await viaProxy({ keepaliveS: 0.2 });
    proxy.stall();
    expect((await failureOf(connection.exec('echo never'))).code).toBe('SSH_CONNECTION_LOST');
  });

  it('keeps a quiet link that answers', async () => {
    const { connection } = await viaProxy({ keepaliveS: 0.1 });
    const { stdout } = await connection.exec('sleep 1; echo still here');
    expect(stdout).toBe('still here\n');
  });

  it('ends when the server is killed', async () => {
    const victim = await lab.startBox('victim');
    const connection = await lab.connect(victim);
    const running = failureOf(connection.exec('sleep 60'));
    await victim.kill();
    expect((await running).code).toBe('SSH_CONNECTION_LOST');
    await victim.restart();
    expect((await (await lab.connect(victim)).exec('echo back')).stdout).toBe('back\n');
  });

  it('ends everything when this side closes', async () => {
    const connection = await lab.connect(box);
    const running = failureOf(connection.exec('sleep 60'));
    await connection.close();
    await connection.close();
    expect((await running).code).toBe('SSH_CONNECTION_LOST');
    expect(await connection.closed).toBeNull();
  });

  it('goes on through new key exchanges in the middle of a push', async () => {
    const cautious = await lab.startBox('cautious', { extraConfig: ['RekeyLimit 3M'] });
    const connection = await lab.connect(cautious);
    const bytes = randomFillSync(Buffer.alloc(24 * 1024 * 1024 + 3));
    const { stdout } = await connection.exec('sha256sum', { stdin: bytes });
    expect(stdout).toContain(createHash('sha256').update(bytes).digest('hex'));
    expect((await connection.exec('head -c 9000000 /dev/zero | tail -c 1 | wc -c')).stdout.trim()).toBe('1');
    const log = await readFile(join(lab.directory, 'cautious', 'sshd.log'), 'utf8');
    expect(log).not.toContain('Bad packet');
  });

  it('says when the server allows no more channels, and the connection goes on', async () => {
    const narrow = await lab.startBox('narrow', { extraConfig: ['MaxSessions 1'] });
    const connection = await lab.connect(narrow);
    const first = await connection.execStream('cat');
    expect((await failureOf(connection.exec('echo two'))).code).toBe('SSH_CHANNEL_REFUSED');
    first.end();
    expect(await first.resume().exit).toEqual({ code: 0, signal: null });
    await writeFile(join(lab.directory, 'x'), '');
    await expect.poll(async () => (await connection.exec('echo three')).stdout, { timeout: 5000 }).toBe('three\n');
  });
});
