// `lineside device import` and `export` with a real box: planned, kept without a contact, confirmed, changed, written.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SshdBox, startSshdBox } from '../../devices/simulator/sshd-box.ts';
import type { ImportPlan, ImportResult } from '../../shared/contract/device-import.ts';
import type { DeviceView } from '../../shared/contract/devices.ts';
import { type Cli, createCli, errorLine } from '../helpers/cli.ts';

describe('lineside device import and export', () => {
  let dir: string;
  let cli: Cli;
  let box: SshdBox;
  let config: string;

  const configText = (port: number): string => `Host press-01
  HostName ${box.host}
  Port ${port}
Host Bad!Name
  HostName 10.0.0.1
Host press-*
  User ${box.user}
  IdentityFile "${box.identityFile}"
Match exec "touch ${dir}/ran"
  Port 1
`;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lineside-inventory-'));
    cli = createCli(join(dir, 'data'));
    box = await startSshdBox({ name: 'box', baseDir: dir });
    config = join(dir, 'config');
    await writeFile(config, configText(box.port));
  });
  afterAll(async () => {
    await box.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('shows the plan, keeps the box without a contact, and logs in once its key is confirmed', async () => {
    const plan = await cli.json<ImportPlan>('device', 'import', config, '--dry-run');
    expect(plan.entries.map(({ name, state, line }) => [name, state, line])).toEqual([
      ['press-01', 'new', 1],
      ['Bad!Name', 'refused', 4],
    ]);
    expect(plan.remarks.join()).toContain('Match exec');
    expect(await cli.json<DeviceView[]>('device', 'list', '--stored')).toEqual([]);

    const said = await cli.run('device', 'import', config, '--label', 'site=a');
    expect(said).toMatchObject({ code: 0, stderr: '' });
    expect(said.stdout).toMatch(/Added 1, changed 0, left as they are 0, refused 1\./);
    await expect(readFile(join(dir, 'ran'))).rejects.toMatchObject({ code: 'ENOENT' });
    const [view] = await cli.json<DeviceView[]>('device', 'list', '--stored');
    expect(view).toMatchObject({
      device: { name: 'press-01', host: box.host, port: box.port, user: box.user, labels: { site: 'a' } },
      ...{ connection: 'unknown', problem: { code: 'HOST_KEY_UNKNOWN' }, facts: null },
    });

    const unconfirmed = await cli.run('device', 'probe', 'press-01');
    expect([unconfirmed.code, errorLine(unconfirmed.stderr)?.code]).toEqual([4, 'HOST_KEY_UNKNOWN']);
    expect(await cli.json('device', 'probe', 'press-01', '--accept-new')).toMatchObject({ architecture: process.arch });
    const [probed] = await cli.json<DeviceView[]>('device', 'list', '--stored');
    expect(probed).toMatchObject({ problem: null, facts: { agent: 'absent' } });
  });

  it('changes a device that is there only when told to, and then knows nothing of it any more', async () => {
    await writeFile(config, configText(1));
    const kept = await cli.json<ImportResult>('device', 'import', config);
    expect(kept.plan.entries[0]).toMatchObject({ state: 'changed', changes: [expect.stringContaining('address')] });
    expect([kept.added, kept.updated]).toEqual([[], []]);
    const changed = await cli.json<ImportResult>('device', 'import', config, '--update');
    expect([changed.added, changed.updated]).toEqual([[], ['press-01']]);
    const [view] = await cli.json<DeviceView[]>('device', 'list', '--stored');
    expect(view).toMatchObject({ device: { port: 1, labels: { site: 'a' } }, facts: null });
  });

  it('writes the fleet, and says what is wrong with a file in one sentence', async () => {
    const file = join(dir, 'fleet.yml');
    expect(await cli.json('device', 'export', file)).toMatchObject({ devices: 1, remarks: [] });
    const again = await cli.json<ImportPlan>('device', 'import', file, '--dry-run');
    expect(again.entries).toMatchObject([{ name: 'press-01', state: 'same' }]);
    await writeFile(join(dir, 'bad.csv'), Buffer.from([0, 1, 2]));
    const refusals = await Promise.all(
      [
        ['import', join(dir, 'bad.csv')],
        ['import', join(dir, 'none.csv')],
        ['import', join(dir, 'what.txt')],
        ['export', join(dir, 'no', 'fleet.csv')],
      ].map((args) => cli.run('device', ...args)),
    );
    expect(refusals.map(({ code, stderr }) => [code, errorLine(stderr)?.code])).toEqual([
      [3, 'INPUT_INVALID'],
      [3, 'FILE_NOT_FOUND'],
      [3, 'INPUT_INVALID'],
      [3, 'FILE_WRITE_FAILED'],
    ]);
  });
});
