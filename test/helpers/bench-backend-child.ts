// A backend in a process of its own that measures until it is killed: `node bench-backend-child.ts DATA_DIR MODEL_FILE`.
import { createModelLab } from './model-lab.ts';

const [dataDir = '', model = ''] = process.argv.slice(2);
const lab = createModelLab({ dataDir });
await lab.models.import({ path: model, name: 'digits' });
const { jobId, runId } = await lab.bench.start({
  modelRefs: ['digits'],
  threads: [1, 2],
  batches: [1, 2],
  durationS: 0.1,
  noiseFloor: false,
});
process.stdout.write(`${runId}\n`);
for await (const { progress } of lab.jobs.watch(jobId, undefined))
  if (progress.step.startsWith('3 of 4')) process.stdout.write('third\n');
