// The `lineside` command and hosts that refuse, stay silent, are no SSH servers, show another key or do not let it in.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SshdBox, startSshdBox } from '../../devices/simulator/sshd-box.ts';
import { type Cli, type CliProcess, createCli, errorLine } from '../helpers/cli.ts';

describe('lineside and the way to a box', () => {
  let dir: string;
  let cli: Cli;
  let box: SshdBox;
  let silent: Listener;
  let mute: Listener;
  let web: Listener;
  let patient: CliProcess;
  const address = (port = box.port): string => `${box.user}@${box.host}:${port}`;
  const key = (): string[] => ['--identity', box.identityFile ?? '', '--accept-new'];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lineside-cli-'));
    cli = createCli(join(dir, 'data'));
    box = await startSshdBox({
      name: 'box',
      baseDir: dir,
      extraConfig: ['PasswordAuthentication yes', 'PermitRootLogin yes'],
    });
    silent = await listen(() => '');
    mute = await listen(() => '');
    // Takes its 20 seconds beside the other tests.
    patient = cli.start(['device', 'add', 'mute', address(mute.port), ...key()]);
    web = await listen(() => 'HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  afterAll(async () => {
    await Promise.all([silent.close(), mute.close(), web.close(), box.stop()]);
    await rm(dir, { recursive: true, force: true });
  });

  async function expectRefused(args: readonly string[], code: string, says: RegExp, input = ''): Promise<void> {
    const { stderr, stdout, code: exit } = await cli.start(args, input).ended;
    const line = errorLine(stderr);
    expect({ args, code: line?.code, exit, stdout }).toEqual({ args, code, exit: 4, stdout: '' });
    expect(line?.message).toMatch(says);
    expect(line?.message).toMatch(/\.$/);
    expect(line?.message).not.toContain('s3cret');
  }

  it('refuses to add what cannot be reached or logged in to, and keeps no device', async () => {
    await writeFile(join(dir, 'no.key'), 'this is no key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'other')]);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'words', '-f', join(dir, 'locked')]);
    const add = ['device', 'add', 'box', address()];
    const identity = (name: string): string[] => [...add, '--accept-new', '--identity', join(dir, name)];
    await Promise.all([
      expectRefused(
        ['device', 'add', 'box', address(1), ...key()],
        'SSH_CONNECT_FAILED',
        /refused the connection; check the port/,
      ),
      expectRefused(
        ['device', 'add', 'box', address(web.port), ...key()],
        'SSH_CONNECT_FAILED',
        /is not an SSH server/,
      ),
      expectRefused(
        ['device', 'add', 'box', 'root@no-such-host.invalid', ...key()],
        'SSH_CONNECT_FAILED',
        /cannot be resolved/,
      ),
      expectRefused([...add, '--accept-new'], 'SSH_AGENT_UNAVAILABLE', /--identity/),
    ]);
    await Promise.all([
      expectRefused(identity('absent'), 'SSH_KEY_UNREADABLE', /absent does not exist; check the path/),
      expectRefused(identity(''), 'SSH_KEY_UNREADABLE', /is a folder; name the private key file/),
      expectRefused(identity('no.key'), 'SSH_KEY_UNREADABLE', /ssh-keygen/),
      expectRefused(identity('locked'), 'SSH_KEY_UNREADABLE', /passphrase/),
      expectRefused(identity('other'), 'SSH_AUTH_FAILED', /did not accept the key .*other for user/),
    ]);
    const password = [...add, '--accept-new', '--password-stdin'];
    await expectRefused(password, 'SSH_AUTH_FAILED', /did not accept the password for user/, 's3cret\n');
    expect(await cli.json('device', 'list')).toEqual([]);
  });

  it('asks for --accept-new where nobody can be asked, and refuses a changed key with both fingerprints', async () => {
    const strange = createCli(join(dir, 'strange'));
    const first = await strange.run('device', 'add', 'box', address(), '--identity', box.identityFile ?? '');
    expect(first.code).toBe(4);
    expect(errorLine(first.stderr)).toMatchObject({ code: 'HOST_KEY_UNKNOWN' });
    expect(first.stderr).toContain(box.hostKeyFingerprint());
    expect(first.stderr).toContain('--accept-new');

    await cli.json('device', 'add', 'box', address(), ...key());
    const before = box.hostKeyFingerprint();
    await box.replaceHostKey();
    const { code, stderr } = await cli.run('device', 'probe', 'box', '--accept-new');
    expect({ code, error: errorLine(stderr)?.code }).toEqual({ code: 4, error: 'HOST_KEY_CHANGED' });
    expect(stderr).toContain(before);
    expect(stderr).toContain(box.hostKeyFingerprint());
    const list = await cli.run('device', 'list');
    expect(list.stdout).toMatch(/^box .* host-key-changed /m);
  });

  it('gives a silent host 20 seconds, which Ctrl-C shortens', async () => {
    const waiting = cli.start(['device', 'add', 'quiet', address(silent.port), ...key()]);
    await silent.contacted;
    waiting.kill('SIGINT');
    const stopped = await waiting.ended;
    expect({ code: stopped.code, error: errorLine(stopped.stderr)?.code }).toEqual({ code: 5, error: 'CANCELLED' });
    const { code, stderr } = await patient.ended;
    expect({ code, error: errorLine(stderr)?.code }).toEqual({ code: 4, error: 'SSH_TIMEOUT' });
    expect(stderr).toContain('accepted the connection but did not finish the SSH login within 20 s');
  });
});

interface Listener {
  readonly port: number;
  /** Settles with the first connection. */
  readonly contacted: Promise<void>;
  close(): Promise<void>;
}

/** A server on a free port that answers every connection with these words, or never. */
async function listen(answer: () => string): Promise<Listener> {
  const { promise: contacted, resolve } = Promise.withResolvers<void>();
  const sockets = new Set<{ destroy(): void }>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    resolve();
    if (answer() !== '') socket.end(answer());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has an address object');
  return {
    port: bound.port,
    contacted,
    close: async (): Promise<void> => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
