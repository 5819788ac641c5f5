// Ways to a box as the fleet keeps them: jump hosts in its record, the user's own keys, forgotten host keys, few logins at once.
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SshdBox, startSshdBox } from '../../devices/simulator/sshd-box.ts';
import { createConnectionPool } from '../../electron/backend/fleet/connection-pool.ts';
import { createNodePorts } from '../../electron/hosts/node-ports.ts';
import type { DeviceFacts, DeviceRecord, DeviceView } from '../../shared/contract/devices.ts';
import { type Cli, createCli, errorLine } from '../helpers/cli.ts';
import { eventually } from '../helpers/eventually.ts';
import { failureOf, sshdObstacle } from '../helpers/sshd.ts';

describe.skipIf(sshdObstacle)('ways to a box', () => {
  let dir: string;
  let cli: Cli;
  let gate: SshdBox;
  let box: SshdBox;
  const address = (host: SshdBox): string => `${host.user}@${host.host}:${host.port}`;
  const logOf = (host: SshdBox): Promise<string> => readFile(join(dir, host.name, 'sshd.log'), 'utf8');
  const loginsAt = async (host: SshdBox): Promise<number> => (await logOf(host)).split('Accepted publickey').length - 1;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lineside-ways-'));
    cli = createCli(join(dir, 'data'));
    [gate, box] = (await Promise.all(['gate', 'box'].map((name) => startSshdBox({ name, baseDir: dir })))) as [
      SshdBox,
      SshdBox,
    ];
  });
  afterAll(async () => {
    await Promise.all([gate.stop(), box.stop()]);
    await rm(dir, { recursive: true, force: true });
  });

  it('keeps the jump hosts of a box and goes through them again', async () => {
    const way = ['--jump', address(gate), '--jump-identity', gate.identityFile ?? ''];
    const add = ['device', 'add', 'behind', address(box), '--identity', box.identityFile ?? '', ...way];
    const added = await cli.json<DeviceView>(...add, '--accept-new');
    expect(added.device.jumps).toEqual([
      { user: gate.user, host: gate.host, port: gate.port, identityFile: gate.identityFile },
    ]);
    expect(added.facts?.hostKeyFingerprint).toBe(box.hostKeyFingerprint());
    const before = await loginsAt(gate);
    const facts = await cli.json<DeviceFacts>('device', 'probe', 'behind');
    expect(facts.home).toBe(box.home);
    expect(await loginsAt(gate)).toBe(before + 1);
    expect((await cli.run('device', 'list', '--stored')).stdout).toContain(`${address(box)} via ${gate.host}`);
  });

  it('logs in with the key in the home when nothing else is said, at the box and on the way', async () => {
    const none = await cli.run('device', 'add', 'plain', address(box), '--accept-new');
    expect(errorLine(none.stderr)?.code).toBe('SSH_AGENT_UNAVAILABLE');
    const ssh = join(dir, 'home', '.ssh');
    await mkdir(ssh, { recursive: true, mode: 0o700 });
    await cp(box.identityFile ?? '', join(ssh, 'id_rsa'));
    await cp(gate.identityFile ?? '', join(ssh, 'id_ed25519'));
    const added = await cli.json<DeviceView>('device', 'add', 'plain', address(box), '--jump', address(gate));
    expect(added.device.auth).toEqual({ kind: 'agent' });
    await rm(ssh, { recursive: true });
  });

  it('refuses ways that are none', async () => {
    const add = ['device', 'add', 'odd', address(box)];
    for (const way of [
      ['--jump', 'local'],
      ['--jump', 'a b'],
      ['--jump-identity', 'k'],
      ['--jump', 'a', '--jump-identity', 'k,l'],
    ]) {
      const { stderr } = await cli.run(...add, ...way);
      expect({ way, code: errorLine(stderr)?.code }).toEqual({ way, code: 'INPUT_INVALID' });
    }
  });

  it('forgets a host key, so that a new one can be accepted', async () => {
    const identity = ['--identity', box.identityFile ?? ''];
    await cli.json('device', 'add', 'direct', address(box), ...identity, '--accept-new');
    await box.replaceHostKey();
    const probe = async () => errorLine((await cli.run('device', 'probe', 'direct')).stderr)?.code;
    expect(await probe()).toBe('HOST_KEY_CHANGED');
    expect(await cli.json('device', 'forget-host-key', 'direct', '--yes')).toEqual({ forgottenLines: 1 });
    expect(await probe()).toBe('HOST_KEY_UNKNOWN');
    const facts = await cli.json<DeviceFacts>('device', 'probe', 'direct', '--accept-new');
    expect(facts.hostKeyFingerprint).toBe(box.hostKeyFingerprint());
    expect(execFileSync('ssh-keygen', ['-l', '-f', join(dir, 'data', 'known_hosts')], { encoding: 'utf8' })).toContain(
      box.hostKeyFingerprint(),
    );
  });

  it('opens few connections at the same time, and fewer to one site', async () => {
    let [open, most] = [0, 0];
    // Takes connections and says nothing: every login stays under way.
    const mute = createServer((socket) => {
      open += 1;
      most = Math.max(most, open);
      socket.on('error', () => undefined).on('close', () => (open -= 1));
    });
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const bound = mute.address();
    const port = typeof bound === 'object' && bound ? bound.port : 0;
    const record = (name: string, site: string): DeviceRecord => ({
      name,
      kind: 'ssh',
      user: 'edge',
      host: '127.0.0.1',
      port,
      auth: { kind: 'key', identityFile: box.identityFile ?? '' },
      root: '~/lineside',
      labels: { site },
      addedAtMs: 0,
    });
    const pool = createConnectionPool(createNodePorts({ host: 'cli', dataDir: join(dir, 'limits') }), {
      total: 3,
      perSite: 2,
    });
    const all = ['a', 'a', 'a', 'b', 'b', 'b'].map((site, index) => failureOf(pool.get(record(`d${index}`, site))));
    await eventually('three logins are under way', () => open === 3);
    await pool.close();
    expect((await Promise.all(all)).map(({ code }) => code)).toEqual(all.map(() => 'CANCELLED'));
    expect(most).toBe(3);
    mute.close();
  });
});
