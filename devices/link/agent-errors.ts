// What can go wrong between laptop and agent, as AppErrors.
import { AppError, isWireError } from '../../shared/errors/app-error.ts';

/** The conversation ended before its answer. */
export function conversationEnded(target: string, isUpload: boolean, cause: unknown): AppError {
  const options = { retryable: true, cause };
  return isUpload
    ? new AppError(
        'TRANSFER_INTERRUPTED',
        `The transfer to ${target} was interrupted; what has arrived is kept, try again.`,
        options,
      )
    : new AppError(
        'AGENT_NOT_RUNNING',
        `The agent on ${target} ended the conversation; it may be stopping or starting, try again.`,
        options,
      );
}

/** What came back cannot be understood. `problem` completes "The agent on X …". */
export function notUnderstood(target: string, problem: string, cause?: unknown): AppError {
  return new AppError(
    'AGENT_INCOMPATIBLE',
    `The agent on ${target} ${problem}; set the device up again.`,
    cause === undefined ? {} : { cause },
  );
}

/** The error that an answer with a status of 400 or more carries. */
export function answerError(target: string, status: number, text: string): AppError {
  let error: unknown = null;
  try {
    error = (JSON.parse(text) as { error?: unknown } | null)?.error;
  } catch {
    // Not JSON, so not from an agent of this version: told below with its status.
  }
  if (isWireError(error)) return AppError.fromWire(error);
  // The Open Inference Protocol answers with a plain sentence.
  if (typeof error === 'string') {
    return new AppError('MODEL_RUN_FAILED', `${target} did not run the request: ${error}`, { details: { status } });
  }
  return notUnderstood(target, `gave an answer of an unknown form (status ${status})`);
}
