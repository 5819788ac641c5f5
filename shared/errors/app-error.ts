// AppError is an expected failure with a code, a sentence for the user and plain-data details; anything else thrown is a bug.
import { ERROR_EXIT_CODES, type ErrorCode, type ExitCode, isErrorCode } from './codes.ts';

/** JSON-safe facts about a failure. Never secrets. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** The form in which an AppError crosses a process or network boundary. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
  readonly retryable: boolean;
}

export interface AppErrorOptions {
  readonly details?: ErrorDetails;
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly retryable: boolean;

  /** `message`: one sentence that says what happened and what to do. */
  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
    this.retryable = options.retryable ?? false;
  }

  /** Exit code of the command line for this error's class. */
  get exitCode(): ExitCode {
    return ERROR_EXIT_CODES[this.code];
  }

  toWire(): WireError {
    return { code: this.code, message: this.message, details: this.details, retryable: this.retryable };
  }

  static fromWire(wire: WireError): AppError {
    return new AppError(wire.code, wire.message, { details: wire.details, retryable: wire.retryable });
  }
}

/** True for a value with the shape of a WireError. */
export function isWireError(value: unknown): value is WireError {
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as Partial<WireError>;
  return isErrorCode(candidate.code) && typeof candidate.message === 'string' && typeof candidate.details === 'object';
}

/** Turns anything thrown into an AppError; what was not one becomes INTERNAL and keeps its cause. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isWireError(error)) return AppError.fromWire(error);
  const reason = error instanceof Error ? error.message : String(error);
  return new AppError('INTERNAL', `Lineside met a fault of its own: ${reason}`, { cause: error });
}

/** The AppError for an operation that the user or a signal broke off. */
export function cancelled(what: string): AppError {
  return new AppError('CANCELLED', `${what} was cancelled; nothing was changed by it.`);
}
