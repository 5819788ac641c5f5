// The `lineside` command against a real box: Ctrl-C at every stage, the laptop killed mid-push, the link cut, a full disk. The old version goes on serving.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SshdBox, startSshdBox } from '../../devices/simulator/sshd-box.ts';
import type { TestRequestsReport } from '../../shared/contract/devices.ts';
import type { Rollout } from '../../shared/contract/rollouts.ts';
import { type Cli, type CliProcess, createCli, errorLine } from '../helpers/cli.ts';
import { eventually } from '../helpers/eventually.ts';
import { type FaultProxy, startFaultProxy } from '../helpers/fault-proxy.ts';
import { writeLargeModel } from '../helpers/large-model.ts';
import { fixtureModel, SAMPLE_MODEL } from '../helpers/road.ts';

const LARGE_MB = 64;

describe('lineside against a box', () => {
  let dir: string;
  let cli: Cli;
  let box: SshdBox;
  let proxy: FaultProxy;
  const root = (): string => join(box.home, 'lineside');

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lineside-cli-'));
    cli = createCli(join(dir, 'data'));
    box = await startSshdBox({ name: 'box', baseDir: dir });
    proxy = await startFaultProxy(box.host, box.port);
    await writeLargeModel(join(dir, 'large.onnx'), LARGE_MB);
    await cli.json('keys', 'init');
    await cli.json('model', 'import', SAMPLE_MODEL, '--name', 'digits');
    await cli.json('model', 'import', fixtureModel('digits-mobilenet-v2.onnx'), '--name', 'digits');
    await cli.json('model', 'import', join(dir, 'large.onnx'), '--name', 'large');
    for (const [model, name, version, probation] of [
      ['digits:1', 'digits', '1.0.0', '0.5'],
      ['digits:2', 'digits', '2.0.0', '60'],
      ['large', 'large', '1.0.0', '0.5'],
    ] as const)
      await cli.json(
        'bundle',
        'create',
        model,
        '--name',
        name,
        '--version',
        version,
        '--probation',
        probation,
        '--golden-cases',
        '2',
      );
    const address = `${box.user}@${proxy.host}:${proxy.port}`;
    await cli.json('device', 'add', 'box', address, '--identity', box.identityFile ?? '', '--accept-new');
  });
  afterAll(async () => {
    await proxy.close();
    await box.stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function interrupted(command: CliProcess): Promise<void> {
    command.kill('SIGINT');
    const { code, stderr } = await command.ended;
    expect({ code, error: errorLine(stderr)?.code }).toEqual({ code: 5, error: 'CANCELLED' });
  }

  async function expectVersion(version: string): Promise<void> {
    const report = await cli.json<TestRequestsReport>('device', 'test', 'box', '--count', '3');
    expect(report).toMatchObject({ model: 'digits', version, succeeded: 3, failed: 0 });
  }

  it('takes a set-up back when Ctrl-C comes while the kit is sent', async () => {
    const setup = cli.start(['device', 'setup', 'box']);
    await setup.saying('Sending the kit');
    await interrupted(setup);
    const kit = await readdir(join(root(), 'kit')).catch(() => []);
    expect(kit.filter((name) => name.startsWith('.incoming'))).toEqual([]);
    expect(existsSync(join(root(), 'run', 'agent.json'))).toBe(false);
  });

  it('sets the box up afterwards, and deploys to it', async () => {
    const { result } = await cli.json<{ result: string }>('device', 'setup', 'box', '--start', 'detached');
    expect(result).toContain('The agent on box runs detached');
    const rollout = await cli.json<Rollout>('deploy', 'digits:1.0.0', '--to', 'box');
    expect(rollout).toMatchObject({ state: 'done', devices: [{ state: 'committed' }] });
    await expectVersion('1');
  });

  it('shows the fleet, the rollout and that there is nothing to go back to', async () => {
    const list = await cli.run('device', 'list');
    expect(list.stdout).toMatch(/^DEVICE +ADDRESS +STATE/);
    expect(list.stdout).toMatch(/^box +\S+ +online +digits:1\.0\.0 /m);
    const rollouts = await cli.json<Rollout[]>('rollout', 'list');
    const shown = await cli.run('rollout', 'show', rollouts[0]?.id.slice(0, 8) ?? '');
    expect(shown.stdout).toContain('box     committed');
    const back = await cli.run('rollback', 'box');
    expect({ code: back.code, error: errorLine(back.stderr)?.code }).toEqual({ code: 3, error: 'NOT_FOUND' });
  });

  it('keeps the old version when Ctrl-C comes while objects are sent', async () => {
    const start = proxy.sentBytes();
    const deploy = cli.start(['deploy', 'large', '--to', 'box']);
    await proxy.waitForBytes(start + 20e6);
    await interrupted(deploy);
    await expectVersion('1');
    expect((await cli.json<Rollout[]>('rollout', 'list'))[0]?.state).toBe('aborted');
  });

  it('puts the old version back when Ctrl-C comes during the probation of the new one', async () => {
    const deploy = cli.start(['deploy', 'digits:2.0.0', '--to', 'box']);
    await deploy.saying('box: probation');
    await interrupted(deploy);
    await eventually(
      'the old version serves again',
      async () => {
        const { stdout } = await cli.run('device', 'test', 'box', '--count', '1', '--json');
        return stdout.includes('"version": "1"') && stdout.includes('"succeeded": 1');
      },
      30_000,
    );
  });

  it('finishes a push after the laptop was killed, without sending again what had arrived', async () => {
    const start = proxy.sentBytes();
    const killed = cli.start(['deploy', 'large', '--to', 'box']);
    await proxy.waitForBytes(start + 40e6);
    proxy.stall();
    killed.kill('SIGKILL');
    expect((await killed.ended).signal).toBe('SIGKILL');
    proxy.resume();
    await expectVersion('1');
    expect((await cli.json<Rollout[]>('rollout', 'list'))[0]?.state).toBe('interrupted');
    const again = await cli.json<Rollout>('deploy', 'large', '--to', 'box');
    expect(again).toMatchObject({ state: 'done', devices: [{ state: 'committed' }] });
    expect(again.devices[0]?.bytesSent).toBeLessThan(LARGE_MB * 1e6 * 0.6);
    const back = await cli.run('rollback', 'box');
    expect(back.code).toBe(0);
    expect(back.stdout).toMatch(/^box serves digits-1\.0\.0-\S+ again \(was large-1\.0\.0-/);
    await expectVersion('1');
  });

  describe('on a small disk', () => {
    let disk: string;
    let isMounted = false;
    beforeAll(async () => {
      disk = join(dir, 'disk');
      await mkdir(disk);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=280m', 'tmpfs', disk], { stdio: 'ignore' });
        isMounted = true;
      } catch {
        isMounted = false;
      }
    });
    afterAll(async () => {
      await cli.run('device', 'remove', 'small', '--uninstall', '--yes');
      if (isMounted) execFileSync('umount', ['-l', disk]);
    });

    it('refuses a set-up and a push that do not fit, and leaves no part of them', async (context) => {
      if (!isMounted) context.skip('a small disk can be mounted only by root');
      const fill = async (leftBytes: number): Promise<void> => {
        const { bavail, bsize } = await statfs(disk);
        await writeFile(join(disk, `fill-${leftBytes}`), Buffer.alloc(bavail * bsize - leftBytes));
      };
      const address = `${box.user}@${box.host}:${box.port}`;
      const common = ['--identity', box.identityFile ?? '', '--accept-new', '--root', join(disk, 'lineside')];
      await cli.json('device', 'add', 'small', address, ...common);
      await fill(100e6);
      const setup = await cli.run('device', 'setup', 'small', '--start', 'detached');
      expect({ code: setup.code, error: errorLine(setup.stderr)?.code }).toEqual({
        code: 4,
        error: 'DEVICE_DISK_FULL',
      });
      expect((await readdir(disk)).filter((name) => name !== 'fill-100000000')).toEqual([]);
      await rm(join(disk, 'fill-100000000'));

      await cli.json('device', 'setup', 'small', '--start', 'detached');
      await cli.json('deploy', 'digits:1.0.0', '--to', 'small');
      await fill(20e6);
      const before = (await statfs(disk)).bavail;
      const deploy = await cli.run('deploy', 'large', '--to', 'small');
      expect({ code: deploy.code, error: errorLine(deploy.stderr)?.code }).toEqual({
        code: 4,
        error: 'DEVICE_DISK_FULL',
      });
      expect(errorLine(deploy.stderr)?.message).toContain('small');
      const { version, succeeded } = await cli.json<TestRequestsReport>('device', 'test', 'small', '--count', '3');
      expect({ version, succeeded }).toEqual({ version: '1', succeeded: 3 });
      const { bavail, bsize } = await statfs(disk);
      expect((before - bavail) * bsize).toBeLessThan(1e6);
    });
  });

  it('says that the box is out of reach when the link goes for good in the middle of a rollout', async () => {
    const start = proxy.sentBytes();
    const deploy = cli.start(['deploy', 'large', '--to', 'box', '--json']);
    await proxy.waitForBytes(start + 1000);
    await proxy.close();
    const { code, stdout, stderr } = await deploy.ended;
    expect(code).toBe(4);
    expect((JSON.parse(stdout) as Rollout).devices).toMatchObject([{ state: 'unreachable' }]);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'DEVICE_UNREACHABLE' } });
  });
});
