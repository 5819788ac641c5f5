// Logging in to real OpenSSH servers: key, ssh-agent, password; and every way in which a login can fail.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectSsh } from '../../devices/link/connect-ssh.ts';
import type { SshdBox } from '../../devices/simulator/sshd-box.ts';
import { createLab, failureOf, type Lab, sshdObstacle } from '../helpers/sshd.ts';

const run = promisify(execFile);

describe.skipIf(sshdObstacle)('logging in to a real sshd', () => {
  let lab: Lab;
  let box: SshdBox;
  beforeAll(async () => {
    lab = await createLab();
    box = await lab.startBox('press-1');
  });
  afterAll(() => lab.close());

  const makeKey = async (name: string, ...more: string[]): Promise<string> => {
    const file = join(lab.directory, name);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file, ...more]);
    return file;
  };

  it('logs in with a key, in the box and its own home, and runs commands', async () => {
    const connection = await lab.connect(box);
    const result = await connection.exec('echo "$HOME"; echo oops >&2; exit 7');
    expect(result).toEqual({ code: 7, signal: null, stdout: `${box.home}\n`, stderr: 'oops\n' });
    expect(connection.target).toBe(`${box.user}@${box.host}:${box.port}`);
    expect(connection.hostKeyFingerprint).toBe(box.hostKeyFingerprint());
    await connection.close();
    expect(await connection.closed).toBeNull();
    expect((await failureOf(connection.exec('true'))).code).toBe('SSH_CONNECTION_LOST');
  });

  it('logs in with RSA and ECDSA keys, and with a key behind a passphrase', async () => {
    const known = await readFile(join(lab.directory, 'press-1', 'authorized_keys'), 'utf8');
    const rsa = join(lab.directory, 'rsa');
    const ecdsa = join(lab.directory, 'ecdsa');
    const locked = join(lab.directory, 'locked');
    await run('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', rsa]);
    await run('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', ecdsa]);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open sesame', '-f', locked]);
    const publicHalves = await Promise.all([rsa, ecdsa, locked].map((file) => readFile(`${file}.pub`, 'utf8')));
    await writeFile(join(lab.directory, 'press-1', 'authorized_keys'), known + publicHalves.join(''));
    for (const identityFile of [rsa, ecdsa]) {
      const connection = await lab.connect(box, { auth: { kind: 'key', identityFile } });
      expect((await connection.exec('echo in')).stdout).toBe('in\n');
    }
    const connection = await lab.connect(box, {
      auth: { kind: 'key', identityFile: locked, passphrase: 'open sesame' },
    });
    expect((await connection.exec('echo in')).stdout).toBe('in\n');

    const without = await failureOf(connectSsh(lab.optionsFor(box, { auth: { kind: 'key', identityFile: locked } })));
    expect(without.code).toBe('SSH_KEY_UNREADABLE');
    expect(without.message).toContain('passphrase');
    const auth = { kind: 'key', identityFile: locked, passphrase: 'close sesame' } as const;
    const wrong = await failureOf(connectSsh(lab.optionsFor(box, { auth })));
    expect(wrong.code).toBe('SSH_KEY_UNREADABLE');
    expect(JSON.stringify([wrong.message, wrong.details])).not.toContain('sesame');
  });

  it('logs in with a key that only a real ssh-agent holds', async () => {
    const socket = join(lab.directory, 'agent.sock');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    lab.defer(() => agent.kill());
    await once(agent.stdout, 'data');
    const empty = await failureOf(connectSsh(lab.optionsFor(box, { auth: { kind: 'agent', socket } })));
    expect(empty.code).toBe('SSH_AGENT_UNAVAILABLE');
    await run('ssh-add', ['-q', await makeKey('stranger')], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    await run('ssh-add', ['-q', box.identityFile ?? ''], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    const connection = await lab.connect(box, { auth: { kind: 'agent', socket } });
    expect((await connection.exec('echo in')).stdout).toBe('in\n');
  });

  describe('when no login is named', () => {
    const usual = (identityFiles: readonly string[], agentSocket: string | null = null) =>
      lab.optionsFor(box, { auth: { kind: 'usual', agentSocket, identityFiles } });

    it('tries the usual key files in turn and passes over those that are missing or locked', async () => {
      const locked = join(lab.directory, 'usual_locked');
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open sesame', '-f', locked]);
      const stranger = await makeKey('usual_stranger');
      const connection = await connectSsh(
        usual([join(lab.directory, 'none'), locked, stranger, box.identityFile ?? '']),
      );
      expect((await connection.exec('echo in')).stdout).toBe('in\n');
      await connection.close();

      const refused = await failureOf(connectSsh(usual([locked, stranger])));
      expect(refused.code).toBe('SSH_AUTH_FAILED');
      expect(refused.message).toContain(stranger);
      expect(refused.message).toContain(`The key file ${locked} is locked with a passphrase`);
      const nothingElse = await failureOf(connectSsh(usual([join(lab.directory, 'none'), locked])));
      expect(nothingElse.code).toBe('SSH_KEY_UNREADABLE');
      expect(nothingElse.message).toContain('passphrase');
    });

    it('says so when there is neither an agent nor a key', async () => {
      const error = await failureOf(connectSsh(usual([join(lab.directory, 'none')])));
      expect(error.code).toBe('SSH_AGENT_UNAVAILABLE');
      expect(error.message).toContain(join(lab.directory, 'none'));
    });

    it('goes on with the files after a dead agent or one whose keys are refused, and tries no key twice', async () => {
      const dead = await connectSsh(usual([box.identityFile ?? ''], join(lab.directory, 'no-agent')));
      await dead.close();
      const socket = join(lab.directory, 'usual.sock');
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
      lab.defer(() => agent.kill());
      await once(agent.stdout, 'data');
      const held = await makeKey('usual_held');
      await run('ssh-add', ['-q', held], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      const connection = await connectSsh(usual([held, box.identityFile ?? ''], socket));
      expect((await connection.exec('echo in')).stdout).toBe('in\n');
      await connection.close();
      const twice = await failureOf(connectSsh(usual([held], socket)));
      expect(twice.details['tried']).toEqual(['publickey']);
    });
  });

  it('says which ssh-agent is missing', async () => {
    const error = await failureOf(
      connectSsh(lab.optionsFor(box, { auth: { kind: 'agent', socket: '/nowhere/agent' } })),
    );
    expect(error.code).toBe('SSH_AGENT_UNAVAILABLE');
    expect(error.message).toContain('/nowhere/agent');
  });

  it('names the methods when a key is not accepted', async () => {
    const identityFile = await makeKey('not-listed');
    const error = await failureOf(connectSsh(lab.optionsFor(box, { auth: { kind: 'key', identityFile } })));
    expect(error.code).toBe('SSH_AUTH_FAILED');
    expect(error.details).toEqual({ tried: ['publickey'], offered: ['publickey'] });
  });

  it('names the methods when the server takes no passwords, without showing the password', async () => {
    const auth = { kind: 'password', password: 'hunter2-secret' } as const;
    const error = await failureOf(connectSsh(lab.optionsFor(box, { auth })));
    expect(error.code).toBe('SSH_AUTH_FAILED');
    expect(error.message).toContain('publickey');
    expect(JSON.stringify([error.message, error.details])).not.toContain('hunter2');
  });

  it('tells apart key files that are missing, not readable, public or no keys', async () => {
    const fail = async (identityFile: string) =>
      failureOf(connectSsh(lab.optionsFor(box, { auth: { kind: 'key', identityFile } })));
    expect((await fail(join(lab.directory, 'none'))).message).toContain('does not exist');
    expect((await fail(`${box.identityFile}.pub`)).message).toContain('public half');
    const text = join(lab.directory, 'text');
    await writeFile(text, 'not a key');
    expect((await fail(text)).code).toBe('SSH_KEY_UNREADABLE');
    await chmod(text, 0);
    if (process.getuid?.() !== 0) expect((await fail(text)).message).toContain('permissions');
    expect((await fail(lab.directory)).message).toContain('is a folder');
  });

  it('refuses an unknown host, pins an accepted one, and refuses it after its key was replaced', async () => {
    const other = await lab.startBox('press-2');
    const file = join(lab.directory, 'strict', 'known_hosts');
    const unknown = await failureOf(connectSsh(lab.optionsFor(other, { hostKeys: { file } })));
    expect(unknown.code).toBe('HOST_KEY_UNKNOWN');
    expect(unknown.details['fingerprint']).toBe(other.hostKeyFingerprint());

    const old = other.hostKeyFingerprint();
    const accept = old as `SHA256:${string}`;
    await (await lab.connect(other, { hostKeys: { file, accept } })).close();
    await (await lab.connect(other, { hostKeys: { file } })).close();
    // OpenSSH's own client reads what was written.
    const { stdout } = await run('ssh-keygen', ['-F', `[${other.host}]:${other.port}`, '-l', '-f', file]);
    expect(stdout).toContain(old);

    await other.replaceHostKey();
    const changed = await failureOf(connectSsh(lab.optionsFor(other, { hostKeys: { file, accept: 'new' } })));
    expect(changed.code).toBe('HOST_KEY_CHANGED');
    expect(changed.details).toMatchObject({ expected: [old], actual: other.hostKeyFingerprint(), file, line: 1 });
  });

  it('checks the plain key of a server that also has a certificate, and says so where there is nothing else', async () => {
    const authority = await makeKey('authority');
    const hostKey = await makeKey('host_with_certificate');
    await run('ssh-keygen', ['-q', '-s', authority, '-I', 'press-4', '-h', '-n', '127.0.0.1', `${hostKey}.pub`]);
    const config = [`HostKey ${hostKey}`, `HostCertificate ${hostKey}-cert.pub`];
    const [both, only] = await Promise.all([
      lab.startBox('press-4', { extraConfig: config }),
      lab.startBox('press-5', { extraConfig: [...config, 'HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com'] }),
    ]);
    const file = join(lab.directory, 'with-authority');
    await writeFile(file, `@cert-authority * ${await readFile(`${authority}.pub`, 'utf8')}`);
    const unknown = await failureOf(connectSsh(lab.optionsFor(both, { hostKeys: { file } })));
    expect(unknown.code).toBe('HOST_KEY_UNKNOWN');
    expect(unknown.message).toContain('host certificates are not supported');
    const refused = await failureOf(connectSsh(lab.optionsFor(only, { hostKeys: { file, accept: 'new' } })));
    expect(refused.code).toBe('SSH_CONNECT_FAILED');
    expect(refused.message).toContain('host certificates');
    expect(refused.message).toContain('plain Ed25519');
  });

  it('asks a server with two host keys for the one that it knows', async () => {
    const rsa = join(lab.directory, 'host_rsa');
    await run('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', rsa]);
    const two = await lab.startBox('press-3', { extraConfig: [`HostKey ${rsa}`] });
    const file = join(lab.directory, 'only-rsa');
    await writeFile(file, `[${two.host}]:${two.port} ${await readFile(`${rsa}.pub`, 'utf8')}`);
    const connection = await lab.connect(two, { hostKeys: { file } });
    expect(connection.hostKeyFingerprint).not.toBe(two.hostKeyFingerprint());
  });
});

describe('servers that do not let anyone in', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await createLab();
  });
  afterAll(() => lab.close());

  const listen = async (onConnect: (socket: Socket) => void): Promise<number> => {
    const server = createServer(onConnect);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    lab.defer(() => server.close());
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  };
  const optionsFor = (port: number, more = {}) => ({
    host: '127.0.0.1',
    port,
    user: 'edge',
    auth: { kind: 'password', password: 'secret-word' } as const,
    hostKeys: { file: lab.knownHosts, accept: 'new' as const },
    ...more,
  });

  it('says that a port refuses', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const error = await failureOf(connectSsh(optionsFor(port)));
    expect(error.code).toBe('SSH_CONNECT_FAILED');
    expect(error.message).toContain('refused');
  });

  it('says that a name cannot be resolved', async () => {
    const error = await failureOf(connectSsh(optionsFor(22, { host: 'no-such-box.invalid' })));
    expect(error.code).toBe('SSH_CONNECT_FAILED');
    expect(error.message).toContain('cannot be resolved');
  });

  it('gives up on a listener that never answers', async () => {
    const port = await listen((socket) => lab.defer(() => socket.destroy()));
    const error = await failureOf(connectSsh(optionsFor(port, { timeoutMs: 300 })));
    expect(error.code).toBe('SSH_TIMEOUT');
  });

  it('breaks off at once when the caller does', async () => {
    const port = await listen((socket) => lab.defer(() => socket.destroy()));
    const abort = new AbortController();
    const attempt = failureOf(connectSsh(optionsFor(port, { signal: abort.signal })));
    abort.abort();
    expect((await attempt).code).toBe('CANCELLED');
    expect((await failureOf(connectSsh(optionsFor(port, { signal: abort.signal })))).code).toBe('CANCELLED');
  });

  it('says that something else than SSH answers, or that it hangs up', async () => {
    const web = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect((await failureOf(connectSsh(optionsFor(web)))).code).toBe('SSH_CONNECT_FAILED');
    const rude = await listen((socket) => socket.resetAndDestroy());
    expect((await failureOf(connectSsh(optionsFor(rude)))).code).toBe('SSH_CONNECT_FAILED');
  });

  const startPasswordServer = async (method: 'password' | 'keyboard-interactive'): Promise<number> => {
    const { private: hostKey } = ssh2.utils.generateKeyPairSync('ed25519');
    const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
      client.on('error', () => undefined);
      client.on('authentication', (context) => {
        if (context.method === 'password' && method === 'password' && context.password === 'secret-word')
          context.accept();
        else if (context.method === 'keyboard-interactive' && method === 'keyboard-interactive') {
          context.prompt([{ prompt: 'Password:', echo: false }], (answers) =>
            answers[0] === 'secret-word' ? context.accept() : context.reject([method]),
          );
        } else context.reject([method]);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    lab.defer(() => server.close());
    return (server.address() as AddressInfo).port;
  };

  it.each(['password', 'keyboard-interactive'] as const)(
    'logs in with a password by %s, and says when it is wrong',
    async (method) => {
      const port = await startPasswordServer(method);
      const connection = await connectSsh(optionsFor(port));
      await connection.close();
      const wrong = await failureOf(
        connectSsh(optionsFor(port, { auth: { kind: 'password', password: 'guess-word' } })),
      );
      expect(wrong.code).toBe('SSH_AUTH_FAILED');
      expect(wrong.details['offered']).toEqual([method]);
      expect(wrong.message).not.toContain('guess-word');
    },
  );
});
