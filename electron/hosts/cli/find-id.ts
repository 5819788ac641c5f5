// Ids of runs and results as people give them: whole, or their beginning as the command line shows it.
import type { RpcClient } from '../../../shared/contract/index.ts';
import { AppError } from '../../../shared/errors/app-error.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SHORTEST = 4;

/** The whole id of a run or a result. @throws NOT_FOUND, also where several begin so */
export async function findId(client: RpcClient, given: string): Promise<string> {
  if (UUID.test(given)) return given;
  const runs = given.length < SHORTEST ? [] : await client.bench.runs();
  const ids = new Set(runs.flatMap(({ id, rows }) => [id, ...rows.flatMap(({ resultId }) => resultId ?? [])]));
  const [found, ...others] = [...ids].filter((id) => id.startsWith(given));
  if (found !== undefined && others.length === 0) return found;
  throw new AppError(
    'NOT_FOUND',
    found === undefined
      ? `There is no run or result ${given}; \`lineside result list\` shows them.`
      : `Several ids begin with ${given}; give more of it.`,
    { details: { id: given } },
  );
}

/** The whole id of a result; of a run, that of its only one. @throws NOT_FOUND, INPUT_INVALID for a run of several */
export async function findResultId(client: RpcClient, given: string): Promise<string> {
  const id = await findId(client, given);
  const run = (await client.bench.runs()).find((each) => each.id === id);
  const [only, ...others] = run?.rows.flatMap(({ resultId }) => resultId ?? []) ?? [id];
  if (only !== undefined && others.length === 0) return only;
  throw new AppError('INPUT_INVALID', `${given} is a run of several rows; name one of its results.`, {
    details: { id },
  });
}
