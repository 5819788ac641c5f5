// Turns whatever a call or a stream throws into an AppError of ours.
import { ORPCError } from '@orpc/client';
import { AppError } from '../../shared/errors/app-error.ts';
import { isErrorCode } from '../../shared/errors/codes.ts';

interface ErrorData {
  readonly message?: unknown;
  readonly details?: unknown;
  readonly retryable?: unknown;
}

/** The failure that stands for "no line to the backend". */
export function backendUnavailable(cause?: unknown): AppError {
  return new AppError('BACKEND_UNAVAILABLE', 'The connection to the Lineside backend is down; it is being restored.', {
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Maps an ORPCError with one of our codes, an AppError, or anything else (INTERNAL) to an AppError. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof ORPCError) return fromOrpc(error as ORPCError<string, unknown>);
  if (error instanceof DOMException && error.name === 'AbortError')
    return new AppError('CANCELLED', 'The call was cancelled.');
  const reason = error instanceof Error ? error.message : String(error);
  return new AppError('INTERNAL', `Lineside met a fault of its own: ${reason}`, { cause: error });
}

function fromOrpc(error: ORPCError<string, unknown>): AppError {
  const data: ErrorData = typeof error.data === 'object' && error.data !== null ? error.data : {};
  const message = typeof data.message === 'string' ? data.message : error.message;
  const details =
    typeof data.details === 'object' && data.details !== null ? (data.details as Record<string, unknown>) : {};
  const options = { details, retryable: data.retryable === true, cause: error };
  if (isErrorCode(error.code)) return new AppError(error.code, message, options);
  if (error.code === 'BAD_REQUEST') return new AppError('INPUT_INVALID', message, options);
  return new AppError('INTERNAL', `Lineside met a fault of its own: ${message}`, options);
}
