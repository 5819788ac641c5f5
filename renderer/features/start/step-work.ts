// The work behind the one-click steps of the first run; each does what the page of its own would do with the defaults.
import type { RpcClient } from '../../../shared/contract/index.ts';
import type { Journey } from '../../../shared/contract/system.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { newestFirst } from '../../lib/newest.ts';
import { suggestName } from '../../lib/suggest-name.ts';

const THIS_COMPUTER = 'this-computer';

/** Imports the sample model that comes with Lineside. */
export async function importSample(client: RpcClient, journey: Journey): Promise<void> {
  if (journey.sampleModelPath === null)
    throw new AppError(
      'FILE_NOT_FOUND',
      'This installation has no sample model; import one of your own on the models page.',
    );
  await client.models.import({ path: journey.sampleModelPath, name: suggestName(journey.sampleModelPath) });
}

/** Starts a benchmark of the newest model; returns the job. */
export async function benchmarkNewestModel(client: RpcClient): Promise<string> {
  const { jobId } = await client.bench.start({ modelRefs: [await newestModel(client)] });
  return jobId;
}

/** Makes a signing key where there is none, then packs the newest model under its own name and version. */
export async function packNewestModel(client: RpcClient): Promise<void> {
  const modelRef = await newestModel(client);
  const keys = await client.keys.list();
  if (keys.length === 0) await client.keys.init({});
  const [name = modelRef, version = '1'] = modelRef.split(':');
  await client.bundles.create({ modelRef, name, version });
}

/** Adds this computer as a device where it is not one yet, and starts its set-up; returns the job. */
export async function addAndSetUpThisComputer(client: RpcClient): Promise<string> {
  const known = (await client.devices.list()).find((view) => view.device.kind === 'local');
  const name = known?.device.name ?? THIS_COMPUTER;
  if (!known) await client.devices.add({ name, address: 'local' });
  const { jobId } = await client.devices.setup({ name });
  return jobId;
}

async function newestModel(client: RpcClient): Promise<string> {
  const models = await client.models.list();
  const newest = newestFirst(models)[0];
  if (!newest) throw new AppError('NOT_FOUND', 'There is no model yet; import one first.');
  return formatRef(newest);
}
