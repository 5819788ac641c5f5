// How an AppError crosses the RPC boundary: oRPC carries code, message and data; this turns them back on the client.
import { AppError, type ErrorDetails } from '../errors/app-error.ts';
import { isErrorCode } from '../errors/codes.ts';

/** The `data` of an oRPC error made from an AppError. */
export interface RpcErrorData {
  readonly details: ErrorDetails;
  readonly retryable: boolean;
}

interface RpcErrorLike {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly data?: unknown;
}

/** Turns what an RPC client throws into an AppError; input that the contract refuses becomes INPUT_INVALID. */
export function fromRpcError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { code, message, data } = (typeof error === 'object' && error !== null ? error : {}) as RpcErrorLike;
  const text = typeof message === 'string' && message !== '' ? message : String(error);
  if (isErrorCode(code)) {
    const { details = {}, retryable = false } = (data ?? {}) as Partial<RpcErrorData>;
    return new AppError(code, text, { details, retryable, cause: error });
  }
  if (code === 'BAD_REQUEST') {
    const issues =
      ((data ?? {}) as { issues?: ReadonlyArray<{ path?: readonly unknown[]; message?: string }> }).issues ?? [];
    const first = issues[0];
    const where = first?.path?.map(String).join('.') ?? 'input';
    return new AppError('INPUT_INVALID', `The value of "${where}" cannot be used: ${first?.message ?? text}.`, {
      cause: error,
    });
  }
  const name = error instanceof Error ? error.name : '';
  if (name === 'AbortError') return new AppError('CANCELLED', 'The call was cancelled.', { cause: error });
  return new AppError('INTERNAL', text, { cause: error });
}
