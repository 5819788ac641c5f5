// Answers prepare, activate and rollback with their events as NDJSON; the work goes on to its end when the reader leaves.
import type { ServerResponse } from 'node:http';
import type { TransactionEvent } from '../../../shared/agent-protocol/messages.ts';
import { toAppError } from '../../../shared/errors/app-error.ts';
import { sendError } from './respond.ts';

/**
 * Runs `work`. A failure before the first event is answered with its HTTP status; a later one is the last line, unless the
 * work reported it itself.
 */
export async function streamTransaction(
  response: ServerResponse,
  work: (emit: (event: TransactionEvent) => void) => Promise<void>,
): Promise<void> {
  let lastType: TransactionEvent['type'] | null = null;
  const emit = (event: TransactionEvent): void => {
    if (lastType === null) response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    lastType = event.type;
    if (!response.destroyed) response.write(`${JSON.stringify(event)}\n`);
  };
  try {
    await work(emit);
  } catch (error) {
    if (lastType === null) {
      sendError(response, error);
      return;
    }
    if (lastType !== 'error') emit({ type: 'error', error: { ...toAppError(error).toWire() } });
  }
  if (lastType === null) response.writeHead(204);
  response.end();
}
