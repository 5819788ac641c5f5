// Asks whether a host key that was never seen before is the box's own.
import { fromRpcError } from '../../../shared/contract/rpc-error.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { readConfirmation } from './ask.ts';

/** As many as a way has hosts: the box itself and eight on the way to it. */
const mostQuestions = 9;

/**
 * Calls, and where a host key is new asks on a terminal and calls again with exactly that fingerprint; each host on the
 * way to a box has a key of its own.
 */
export async function withHostKeyQuestion<T>(
  acceptNew: boolean,
  call: (acceptHostKey: string | undefined) => Promise<T>,
): Promise<T> {
  let accepted: string | undefined = acceptNew ? 'new' : undefined;
  for (let asked = 0; ; asked += 1) {
    try {
      return await call(accepted);
    } catch (thrown) {
      const error = fromRpcError(thrown);
      const { fingerprint, keyType, host } = error.details;
      const isQuestion = error.code === 'HOST_KEY_UNKNOWN' && typeof fingerprint === 'string' && !acceptNew;
      if (!isQuestion || fingerprint === accepted || asked === mostQuestions) throw error;
      const shown = `${String(keyType)} host key ${fingerprint}`;
      if (process.stdin.isTTY !== true) {
        const advice = "compare it with the box's own, then run this again with --accept-new";
        throw new AppError(error.code, `${String(host)} was never seen before; it presents the ${shown}: ${advice}.`, {
          details: error.details,
        });
      }
      process.stderr.write(`${String(host)} was never seen before; it presents the ${shown}.\n`);
      await readConfirmation("Is that the box's own key?");
      accepted = fingerprint;
    }
  }
}
