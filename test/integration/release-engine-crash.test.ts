// Stops the engine at every single step that changes the disk and starts it again: what serves must always be a complete,
// verified release that was committed or is on probation, and the work must go on to its end.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { releaseId } from '../../shared/domain/release.ts';
import {
  beginRequest,
  bundleOf,
  createTestDevice,
  deploy,
  deviceAt,
  type StartedEngine,
  sendObjects,
  type TestDevice,
} from '../helpers/release-device.ts';
import { createTestKey, type TestBundle } from '../helpers/signed-bundle.ts';
import { diskFullFrom, type Freeze, freezeAt, NEEDS_SPACE } from '../helpers/step-faults.ts';

const key = createTestKey();
const probation = { durationMs: 10 };
const v1 = bundleOf(key, { id: 'v1' }, { version: '1', probation });
const v2 = bundleOf(key, { id: 'v2' }, { version: '2', probation });
const failing = bundleOf(key, { mismatchesFromRun: 2 }, { version: '2', probation });
const idOf = (bundle: TestBundle): string =>
  releaseId(bundle.release.name, bundle.release.version, bundle.manifestDigest);
const every = (): boolean => true;
const NEVER = Number.POSITIVE_INFINITY;

let workspace: string;
let withV1: TestDevice;
let withBoth: TestDevice;
let copies = 0;

beforeAll(async () => {
  workspace = await mkdtemp(join(await fastFolder(), 'lineside-crash-'));
  withV1 = await createTestDevice(key, workspace);
  const first = await withV1.start();
  await deploy(first.engine, v1, 'txn-first-1');
  await first.engine.close();
  withBoth = copyOf(withV1);
  const second = await withBoth.start();
  await deploy(second.engine, v2, 'txn-second-2');
  await second.engine.close();
});

afterAll(async () => {
  await rm(workspace, { recursive: true, force: true });
});

/** A file system in memory where there is one: a thousand starts need no disk for what they show. */
async function fastFolder(): Promise<string> {
  return await access('/dev/shm', constants.W_OK).then(
    () => '/dev/shm',
    () => tmpdir(),
  );
}

/** A copy of a device's root in which hard links are hard links again. */
function copyOf(device: TestDevice): TestDevice {
  const root = join(workspace, String(copies++));
  execFileSync('cp', ['-a', device.root, root]);
  return deviceAt(root);
}

/** A piece of work for an engine; it may fail. */
type Work = (started: StartedEngine) => Promise<unknown>;

/**
 * Runs `work` until it is frozen or ends; as after a kill, the disk stays as it is then. Call what comes back when the root
 * is no longer needed: it closes the dead engine's files.
 */
async function runInto(device: TestDevice, freeze: Freeze, work: Work): Promise<() => Promise<void>> {
  const started = device.create({ onStep: freeze.hook });
  const running = started.engine.recover().then(() => work(started));
  await Promise.race([running.catch(() => undefined), freeze.happened]);
  return async () => {
    freeze.abandon();
    await started.engine.close();
  };
}

/** Every step that `work` takes, the recovery before it included. */
async function stepsOf(device: TestDevice, work: Work): Promise<readonly string[]> {
  const freeze = freezeAt(NEVER);
  await (await runInto(device, freeze, work))();
  await rm(device.root, { recursive: true });
  return freeze.steps;
}

/** Kills an engine at a step, starts another one on what is left, checks it, and cleans up. */
async function afterKill(
  origin: TestDevice,
  at: number,
  work: Work,
  check: (started: StartedEngine, device: TestDevice) => Promise<void>,
  damage: (device: TestDevice) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const device = copyOf(origin);
  const bury = await runInto(device, freezeAt(at), work);
  await damage(device);
  const started = await device.start();
  await check(started, device);
  await started.engine.close();
  await rm(device.root, { recursive: true });
  await bury();
}

/** What serves is whole: every file of it has its digest. */
async function servedRelease({ engine, host }: StartedEngine, device: TestDevice): Promise<string | null> {
  const installed = host.current()?.installed;
  if (installed === undefined) return null;
  for (const file of installed.release.model.files) {
    const bytes = await readFile(join(installed.directory, file.path));
    expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(file.digest);
  }
  expect(await readFile(join(device.root, 'releases', installed.releaseId, 'COMPLETE'), 'utf8')).toBe(
    `${installed.manifestDigest}\n`,
  );
  expect(engine.status().serving?.releaseId).toBe(installed.releaseId);
  return installed.releaseId;
}

/** Waits for a probation that goes on in the background. */
async function finished({ engine }: StartedEngine): Promise<void> {
  const { txn, phase } = engine.status();
  if (phase === 'probation' && txn !== null) await engine.activate(txn, () => undefined).catch(() => undefined);
  if (phase === 'probation' || phase === 'committing')
    await vi.waitUntil(() => engine.status().phase === 'idle', 10_000);
}

/** Runs `check` for the steps that `isChosen` picks, a few at a time: most of their time they wait. */
async function forSteps(
  steps: readonly string[],
  isChosen: (step: string, at: number) => boolean,
  check: (at: number, step: string) => Promise<void>,
): Promise<void> {
  const queue = steps.map((step, at) => ({ step, at })).filter(({ step, at }) => isChosen(step, at));
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await check(next.at, next.step);
  };
  await Promise.all(Array.from({ length: 4 }, lane));
}

/** Nothing is left over: what is on disk is what the state says, and one worker runs. */
async function expectTidy(started: StartedEngine, device: TestDevice, releases: readonly string[]): Promise<void> {
  expect((await readdir(join(device.root, 'releases'))).sort()).toEqual([...releases].sort());
  expect(await readdir(join(device.root, 'incoming'))).toEqual([]);
  expect((await readdir(device.root)).filter((name) => name.includes('.tmp-'))).toEqual([]);
  expect(started.host.running.size).toBe(1);
  expect(await device.current()).toBe(started.host.current()?.installed.releaseId);
}

const push =
  (bundle: TestBundle): Work =>
  ({ engine }) =>
    deploy(engine, bundle, 'txn-update-3');

describe('an engine that is killed before any step of an update', () => {
  it('serves the old or the new release, and goes on to the new one', async () => {
    const steps = await stepsOf(copyOf(withV1), push(v2));
    expect(steps.length).toBeGreaterThan(50);
    const switchAt = steps.indexOf('rename current');
    expect(switchAt).toBeGreaterThan(0);
    await forSteps(steps, every, async (at, step) => {
      const when = `killed before step ${at}, ${step}`;
      await afterKill(withV1, at, push(v2), async (started, device) => {
        expect(await servedRelease(started, device), when).toBe(at <= switchAt ? idOf(v1) : idOf(v2));
        await finished(started);
        await deploy(started.engine, v2, 'txn-update-3');
        expect(await servedRelease(started, device), when).toBe(idOf(v2));
        expect(started.engine.status().previous?.releaseId).toBe(idOf(v1));
        await expectTidy(started, device, [idOf(v1), idOf(v2)]);
      });
    });
  });

  it('serves what was committed when it lost its state too, never what was not', async () => {
    const steps = await stepsOf(copyOf(withV1), push(v2));
    const commitAt = steps.indexOf('journal sync commit');
    await forSteps(
      steps,
      (step) => /journal|rename|current/.test(step),
      async (at, step) => {
        const when = `killed before step ${at}, ${step}`;
        const check = async (started: StartedEngine, device: TestDevice): Promise<void> => {
          const served = await servedRelease(started, device);
          if (at <= commitAt) expect(served, when).toBe(idOf(v1));
          else expect([idOf(v1), idOf(v2)], when).toContain(served);
          await deploy(started.engine, v2, 'txn-update-4');
          expect(await servedRelease(started, device), when).toBe(idOf(v2));
        };
        await afterKill(withV1, at, push(v2), check, async (device) => {
          for (const name of ['journal', 'state.json']) await rm(join(device.root, 'state', name), { force: true });
        });
      },
    );
  });

  it('serves on when either journal or snapshot alone is damaged', async () => {
    const steps = await stepsOf(copyOf(withV1), push(v2));
    await forSteps(
      steps,
      (step) => step.startsWith('journal sync'),
      async (index, step) => {
        for (const name of ['journal', 'state.json']) {
          const check = async (started: StartedEngine, device: TestDevice): Promise<void> => {
            expect(await servedRelease(started, device), `${name} damaged after ${step}`).not.toBeNull();
            await finished(started);
            await deploy(started.engine, v2, 'txn-update-3');
            expect(await servedRelease(started, device), `${name} damaged after ${step}`).toBe(idOf(v2));
          };
          await afterKill(withV1, index + 1, push(v2), check, (device) =>
            truncate(join(device.root, 'state', name), 7),
          );
        }
      },
    );
  });

  it('does not ask again for an object that had arrived whole', async () => {
    const device = copyOf(withV1);
    const before = await device.start();
    const begun = await before.engine.begin(beginRequest(v2, 'txn-update-3'));
    const [first, ...others] = begun.missing;
    if (first === undefined) throw new Error('nothing is missing');
    await sendObjects(before.engine, v2, { ...begun, missing: [first] });
    const after = await device.start();
    const again = await after.engine.begin(beginRequest(v2, 'txn-update-3'));
    expect(again.missing.map((blob) => blob.digest)).toEqual(others.map((blob) => blob.digest));
    await before.engine.close();
    await after.engine.close();
  });
});

describe('an engine that is killed before any step of a rollback', () => {
  it('ends on the old release when the candidate fails its probation', async () => {
    const steps = await stepsOf(copyOf(withV1), push(failing));
    expect(steps).toContain('journal sync rollback-done');
    await forSteps(
      steps,
      (_, at) => at >= steps.indexOf('journal intent'),
      async (at, step) => {
        await afterKill(withV1, at, push(failing), async (started, device) => {
          await finished(started);
          if (started.engine.status().txn !== null) {
            await expect(deploy(started.engine, failing, 'txn-update-3')).rejects.toMatchObject({
              code: 'GOLDEN_MISMATCH',
            });
          }
          expect(await servedRelease(started, device), `killed before step ${at}, ${step}`).toBe(idOf(v1));
          expect(started.engine.status()).toMatchObject({ phase: 'idle', lastOutcome: { result: 'rolled-back' } });
          await expectTidy(started, device, [idOf(v1)]);
        });
      },
    );
  });

  it('ends on either release when an operator rolls back', async () => {
    const work: Work = ({ engine }) => engine.rollback(() => undefined);
    const steps = await stepsOf(copyOf(withBoth), work);
    const commitAt = steps.indexOf('journal sync commit');
    await forSteps(steps, every, async (at, step) => {
      await afterKill(withBoth, at, work, async (started, device) => {
        await finished(started);
        const served = await servedRelease(started, device);
        if (at > commitAt) expect(served, `killed before step ${at}, ${step}`).toBe(idOf(v1));
        else expect([idOf(v1), idOf(v2)], `killed before step ${at}, ${step}`).toContain(served);
        await expectTidy(started, device, [idOf(v1), idOf(v2)]);
      });
    });
  });
});

describe('an engine that is killed again while it recovers', () => {
  it.each(['rename current', 'journal switched', 'create state.json', 'journal commit', 'journal rollback-done'])(
    'from a kill before "%s" still ends well',
    async (name) => {
      const bundle = name.includes('rollback') ? failing : v2;
      const steps = await stepsOf(copyOf(withV1), push(bundle));
      const killed = copyOf(withV1);
      const bury = await runInto(killed, freezeAt(steps.lastIndexOf(name)), push(bundle));
      const recovery = await stepsOf(copyOf(killed), finished);
      await forSteps(recovery, every, async (at, step) => {
        await afterKill(killed, at, finished, async (started, device) => {
          const when = `killed before step ${at} of the recovery, ${step}`;
          expect(await servedRelease(started, device), when).not.toBeNull();
          await finished(started);
          expect(await servedRelease(started, device), when).toBe(await device.current());
        });
      });
      await rm(killed.root, { recursive: true });
      await bury();
    },
  );

  it('goes back for good when a candidate takes the agent down at every start', async () => {
    const heavy = bundleOf(key, { id: 'heavy' }, { version: '2', probation: { durationMs: 600_000, tries: 3 } });
    const device = copyOf(withV1);
    const first = await device.start();
    await sendObjects(first.engine, heavy, await first.engine.begin(beginRequest(heavy, 'txn-update-3')));
    await first.engine.prepare('txn-update-3', () => undefined);
    first.engine.activate('txn-update-3', () => undefined).catch(() => undefined);
    await vi.waitUntil(() => first.engine.status().phase === 'probation', 10_000);
    await first.engine.close();
    const phases: string[] = [];
    for (let start = 1; start <= 3; start++) {
      const started = await device.start();
      phases.push(started.engine.status().phase);
      if (start === 3) expect(await servedRelease(started, device)).toBe(idOf(v1));
      await started.engine.close();
    }
    expect(phases).toEqual(['probation', 'probation', 'idle']);
  });
});

describe('a disk that is full from any step on', () => {
  it('leaves a whole release serving, says so, and goes on when there is space again', async () => {
    const steps = await stepsOf(copyOf(withV1), push(v2));
    const recovered = await stepsOf(copyOf(withV1), () => Promise.resolve());
    await forSteps(
      steps,
      (step, at) => at >= recovered.length && NEEDS_SPACE.test(step),
      async (at, step) => {
        const device = copyOf(withV1);
        const fault = diskFullFrom(at);
        const started = await device.start({ onStep: fault.hook });
        const outcome = await deploy(started.engine, v2, 'txn-update-3').then(
          () => 'committed',
          (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
        );
        expect(['committed', 'DEVICE_DISK_FULL'], `full from step ${at}, ${step}`).toContain(outcome);
        expect(await servedRelease(started, device), `full from step ${at}, ${step}`).toBe(
          outcome === 'committed' ? idOf(v2) : idOf(v1),
        );
        fault.clear();
        await deploy(started.engine, v2, 'txn-update-3');
        expect(await servedRelease(started, device), `full from step ${at}, ${step}`).toBe(idOf(v2));
        await started.engine.close();
        const restarted = await device.start();
        expect(await servedRelease(restarted, device)).toBe(idOf(v2));
        expect(restarted.engine.status().phase).toBe('idle');
        await restarted.engine.close();
        await rm(device.root, { recursive: true });
      },
    );
  });
});
