// Reaching a box through others: real OpenSSH servers, each of which is asked only for what the chain needs.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectSsh } from '../../devices/link/connect-ssh.ts';
import type { JumpHost } from '../../devices/link/connection.ts';
import type { SshdBox } from '../../devices/simulator/sshd-box.ts';
import { createLab, failureOf, type Lab, sshdObstacle } from '../helpers/sshd.ts';

describe.skipIf(sshdObstacle)('through jump hosts', () => {
  let lab: Lab;
  let gate: SshdBox;
  let inner: SshdBox;
  let box: SshdBox;
  beforeAll(async () => {
    lab = await createLab();
    [gate, inner, box] = await Promise.all([lab.startBox('gate'), lab.startBox('inner'), lab.startBox('press-1')]);
  });
  afterAll(() => lab.close());

  const jumpOf = (host: SshdBox, replaced: Partial<JumpHost> = {}): JumpHost => ({
    host: host.host,
    port: host.port,
    user: host.user,
    auth: { kind: 'key', identityFile: host.identityFile ?? '' },
    ...replaced,
  });
  const logOf = (host: SshdBox) => readFile(join(lab.directory, host.name, 'sshd.log'), 'utf8');
  /** Waits for something that a server writes down or a process does, at the longest five seconds. */
  const until = async (isSo: () => Promise<boolean>): Promise<boolean> => {
    const deadline = performance.now() + 5000;
    while (performance.now() < deadline) {
      if (await isSo()) return true;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return false;
  };
  const logins = (log: string) => log.split('Accepted publickey').length - 1;
  const disconnects = (log: string) =>
    log.split('Disconnected from').length + log.split('Connection closed').length - 2;

  it('runs commands on a box behind one host, and the box sees that host as its client', async () => {
    const before = logins(await logOf(gate));
    const connection = await lab.connect(box, { jumps: [jumpOf(gate)] });
    const result = await connection.exec('echo "$HOME"; cat', { stdin: Buffer.alloc(300_000, 'x') });
    expect(result.stdout).toBe(`${box.home}\n${'x'.repeat(300_000)}`);
    expect(connection.hostKeyFingerprint).toBe(box.hostKeyFingerprint());
    expect(connection.target).toBe(`${box.user}@${box.host}:${box.port}`);
    expect(logins(await logOf(gate))).toBe(before + 1);
  });

  it('goes through two hosts, closes both with the box, and keeps many channels apart', async () => {
    const connection = await lab.connect(box, { jumps: [jumpOf(gate), jumpOf(inner)] });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => connection.exec(`echo ${index}; head -c 50000 /dev/zero`)),
    );
    expect(answers.map(({ stdout }) => stdout.split('\n')[0])).toEqual(answers.map((_, index) => String(index)));
    expect(answers.every(({ stdout }) => stdout.length > 50_000)).toBe(true);
    const [gateLeft, innerLeft] = [disconnects(await logOf(gate)), disconnects(await logOf(inner))];
    await connection.close();
    expect(await connection.closed).toBeNull();
    expect(await until(async () => disconnects(await logOf(gate)) > gateLeft)).toBe(true);
    expect(await until(async () => disconnects(await logOf(inner)) > innerLeft)).toBe(true);
  });

  it('pins the host key of each host, and refuses each on its own', async () => {
    const file = join(lab.directory, 'strict', 'known_hosts');
    const attempt = (accept?: string) =>
      connectSsh({
        ...lab.optionsFor(box, { jumps: [jumpOf(gate)] }),
        hostKeys: { file, ...(accept === undefined ? {} : { accept: accept as `SHA256:${string}` }) },
      });
    const first = await failureOf(attempt());
    expect(first.code).toBe('HOST_KEY_UNKNOWN');
    expect(first.details).toMatchObject({
      fingerprint: gate.hostKeyFingerprint(),
      jumpHost: `${gate.user}@${gate.host}:${gate.port}`,
    });
    // The accepted fingerprint is the gate's: it opens nothing at the box.
    const second = await failureOf(attempt(gate.hostKeyFingerprint()));
    expect(second.code).toBe('HOST_KEY_UNKNOWN');
    expect(second.details['fingerprint']).toBe(box.hostKeyFingerprint());
    expect(second.details).not.toHaveProperty('jumpHost');
    expect(second.message).not.toContain(gate.hostKeyFingerprint());
    await (await attempt(box.hostKeyFingerprint())).close();
    await (await attempt()).close();
  });

  it('names the host that failed: login, way, closed port, forbidden forwarding', async () => {
    const strange = jumpOf(inner, { auth: { kind: 'key', identityFile: gate.identityFile ?? '' } });
    const login = await failureOf(connectSsh(lab.optionsFor(box, { jumps: [jumpOf(gate), strange] })));
    expect(login.code).toBe('SSH_AUTH_FAILED');
    expect(login.message).toContain(`jump host 2 of 2: ${inner.host}:${inner.port} did not accept`);

    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const address = free.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await new Promise((resolve) => free.close(resolve));
    const closed = await failureOf(connectSsh(lab.optionsFor(box, { jumps: [jumpOf(gate)], port })));
    expect(closed.code).toBe('SSH_CONNECT_FAILED');
    expect(closed.message).toContain(`${gate.host}:${gate.port} could not connect to ${box.host}:${port}`);

    const strict = await lab.startBox('strict-gate', { extraConfig: ['AllowTcpForwarding no'] });
    const forbidden = await failureOf(connectSsh(lab.optionsFor(box, { jumps: [jumpOf(strict)] })));
    expect(forbidden.code).toBe('SSH_CONNECT_FAILED');
    expect(forbidden.message).toContain('allows forwarding');
  });

  it('takes at most eight', async () => {
    const jumps = Array.from({ length: 9 }, () => jumpOf(gate));
    expect((await failureOf(connectSsh(lab.optionsFor(box, { jumps })))).code).toBe('INPUT_INVALID');
  });

  it('ends everything on it when a host on the way dies, and says where', async () => {
    const frail = await lab.startBox('frail');
    const connection = await lab.connect(box, { jumps: [jumpOf(frail)] });
    const running = failureOf(connection.exec('sleep 60'));
    await frail.kill();
    expect((await running).code).toBe('SSH_CONNECTION_LOST');
    expect((await connection.closed)?.code).toBe('SSH_CONNECTION_LOST');
    expect((await connection.closed)?.message).toContain(`The connection to ${frail.host}:${frail.port} was lost`);
  });

  it('notices a host on the way that falls silent', async () => {
    const frozen = await lab.startBox('frozen');
    const connection = await lab.connect(box, { jumps: [jumpOf(frozen)], keepaliveS: 0.2 });
    frozen.suspend();
    lab.defer(() => frozen.resume());
    expect((await connection.closed)?.code).toBe('SSH_CONNECTION_LOST');
    expect((await failureOf(connection.exec('true'))).code).toBe('SSH_CONNECTION_LOST');
  });

  it('leaves nothing open when the caller breaks off while the last host does not answer', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    lab.defer(() => mute.close());
    const address = mute.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const left = disconnects(await logOf(gate));
    const attempt = connectSsh(lab.optionsFor(box, { jumps: [jumpOf(gate)], port, timeoutMs: 1000 }));
    const error = await failureOf(attempt);
    expect(error.code).toBe('SSH_TIMEOUT');
    expect(await until(async () => disconnects(await logOf(gate)) > left)).toBe(true);
  });
});
