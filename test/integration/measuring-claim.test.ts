import { spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { createMeasuringClaim } from '../../electron/backend/bench/measuring-claim.ts';
import { eventually } from '../helpers/eventually.ts';
import { createModelLab, fixtureModel, type ModelLab } from '../helpers/model-lab.ts';

let lab: ModelLab;
afterEach(() => lab.close());

describe('the claim to measure on this computer', () => {
  it('makes a benchmark wait for that of another process, and is taken over from a killed one', async () => {
    lab = createModelLab();
    await lab.models.import({ path: fixtureModel('mnist'), name: 'mnist' });
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const gone = new Promise((resolve) => other.once('exit', resolve));
    lab.db.run('INSERT INTO measuring (owner_pid) VALUES (?)', other.pid ?? 0);
    const { jobId } = await lab.bench.start({ modelRefs: ['mnist'], durationS: 0.2, noiseFloor: false });
    const step = () => lab.jobs.list().find((job) => job.jobId === jobId)?.progress.step;
    await eventually('waits', () => step()?.includes('Waiting for another benchmark to end') === true);
    other.kill('SIGKILL');
    await gone;
    expect(await lab.finished(jobId)).toMatchObject({ state: 'succeeded' });
    expect(lab.db.all('SELECT owner_pid FROM measuring')).toEqual([]);
  });

  it('lets a waiting benchmark be cancelled', async () => {
    lab = createModelLab();
    // Whoever runs the tests outlives this one.
    lab.db.run('INSERT INTO measuring (owner_pid) VALUES (?)', process.ppid);
    const claim = createMeasuringClaim(lab.db);
    expect(claim.isTaken()).toBe(true);
    const abort = new AbortController();
    const taking = claim.take(abort.signal);
    abort.abort();
    await expect(taking).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
