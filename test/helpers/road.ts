// A whole road for integration tests: a data folder, a backend, throw-away boxes with real sshd, and the usual steps on them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { type SshdBox, type SshdBoxOptions, startSshdBox } from '../../devices/simulator/sshd-box.ts';
import { type Backend, createBackend } from '../../electron/backend/create-backend.ts';
import { createNodePorts } from '../../electron/hosts/node-ports.ts';
import type { RpcClient } from '../../shared/contract/index.ts';
import type { Job } from '../../shared/contract/jobs.ts';
import type { Rollout } from '../../shared/contract/rollouts.ts';

export const SAMPLE_MODEL = new URL('../../electron/samples/digits-mobilenet.onnx', import.meta.url).pathname;
export const SAMPLE_GOLDEN = new URL('../../electron/samples/digits-mobilenet.golden.npz', import.meta.url).pathname;

/** Path of a model in test/fixtures/models. */
export function fixtureModel(name: string): string {
  return new URL(`../fixtures/models/${name}`, import.meta.url).pathname;
}

export interface Road {
  readonly dir: string;
  readonly dataDir: string;
  readonly client: RpcClient;
  startBox(name: string, options?: Partial<SshdBoxOptions>): Promise<SshdBox>;
  /** Adds a box to the fleet and installs the kit on it. `port`: another way in, as a proxy. */
  setUp(box: SshdBox, port?: number): Promise<void>;
  waitForJob(jobId: string): Promise<Job>;
  /** Starts a rollout and follows it to its end. */
  deploy(
    bundleRef: string,
    selector: string,
    options?: { canary?: number; soakS?: number; maxFailed?: number },
  ): Promise<Rollout>;
  /** A new backend on the same data folder, as after a restart of the laptop's app. */
  restartBackend(): Promise<void>;
  close(): Promise<void>;
}

export async function openRoad(): Promise<Road> {
  const dir = await mkdtemp(join(tmpdir(), 'lineside-road-'));
  const dataDir = join(dir, 'data');
  const boxes: SshdBox[] = [];
  let backend: Backend = await createBackend(createNodePorts({ host: 'cli', dataDir }));
  let client: RpcClient = createRouterClient(backend.router);

  async function waitForJob(jobId: string): Promise<Job> {
    let last: Job | undefined;
    for await (const job of await client.jobs.watch({ jobId })) last = job;
    if (last === undefined) throw new Error('the job gave no state');
    return last;
  }

  return {
    dir,
    dataDir,
    get client() {
      return client;
    },
    waitForJob,
    startBox: async (name, options = {}) => {
      const box = await startSshdBox({ name, baseDir: dir, ...options });
      boxes.push(box);
      return box;
    },
    setUp: async (box, port = box.port) => {
      await client.devices.add({
        name: box.name,
        address: `${box.user}@${box.host}:${port}`,
        identityFile: box.identityFile ?? '',
        acceptHostKey: 'new',
      });
      const { jobId } = await client.devices.setup({ name: box.name, startMode: 'detached' });
      const job = await waitForJob(jobId);
      if (job.state !== 'succeeded') throw new Error(`set-up of ${box.name}: ${job.error?.message ?? job.state}`);
    },
    deploy: async (bundleRef, selector, options = {}) => {
      const { rolloutId } = await client.rollouts.start({ bundleRef, selector, soakS: 0, ...options });
      let last: Rollout | undefined;
      for await (const rollout of await client.rollouts.watch({ rolloutId })) last = rollout;
      return last ?? client.rollouts.get({ rolloutId });
    },
    restartBackend: async () => {
      await backend.dispose();
      backend = await createBackend(createNodePorts({ host: 'cli', dataDir }));
      client = createRouterClient(backend.router);
    },
    close: async () => {
      await backend.dispose();
      for (const box of boxes) await box.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
