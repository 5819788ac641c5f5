// A rollout is aborted from another process than the one that runs it, and the device keeps its old release.
import { spawn } from 'node:child_process';
import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBackend } from '../../electron/backend/create-backend.ts';
import { createNodePorts } from '../../electron/hosts/node-ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { openRoad, type Road, SAMPLE_MODEL } from '../helpers/road.ts';

const CLI = new URL('../../electron/hosts/cli.ts', import.meta.url).pathname;

describe('abort from elsewhere', () => {
  let road: Road;

  beforeAll(async () => {
    road = await openRoad();
    const { client } = road;
    await client.keys.init({});
    await client.models.import({ path: SAMPLE_MODEL, name: 'digits' });
    // Long enough that the device is still in probation when the abort comes.
    await client.bundles.create({ modelRef: 'digits', name: 'digits', version: '1.0.0', probationS: 120 });
    await road.setUp(await road.startBox('box-1'));
  });
  afterAll(() => road.close());

  it('takes a device in probation back', async () => {
    const deploy = spawn(
      process.execPath,
      [CLI, 'deploy', 'digits', '--to', 'box-1', '--json', '--data-dir', road.dataDir],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let stderr = '';
    deploy.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const exit = new Promise<number | null>((resolve) => deploy.once('exit', resolve));
    await eventually(
      'the device is in probation',
      async () => (await road.client.rollouts.list())[0]?.devices[0]?.state === 'probation',
      30_000,
    );

    // A backend of its own, as a second terminal has.
    const other = await createBackend(createNodePorts({ host: 'cli', dataDir: road.dataDir }));
    const [running] = await road.client.rollouts.list();
    const aborted = await createRouterClient(other.router).rollouts.abort({ rolloutId: running?.id ?? '' });
    await other.dispose();

    expect(aborted).toMatchObject({ state: 'aborted', devices: [{ state: 'aborted' }] });
    expect(await exit).toBe(5);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'CANCELLED' } });
    const plan = await road.client.rollouts.plan({ bundleRef: 'digits', selector: 'box-1' });
    expect(plan.devices).toMatchObject([{ fromRelease: null }]);
  });
});
