// Turns what the kernel says about a device's file system into errors that a person can act on.
import { AppError } from '../../../shared/errors/app-error.ts';

/** The `code` of a system error, else null. */
export function errnoOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}

/**
 * The AppError for a failed write of `what`: DEVICE_DISK_FULL, DEVICE_READ_ONLY or DEVICE_COMMAND_FAILED; anything that is
 * no fault of the file system comes back as it was.
 */
export function toDeviceError(error: unknown, what: string): unknown {
  switch (errnoOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return diskFull(`the device's disk is full and ${what} could not be written`, error);
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new AppError(
        'DEVICE_READ_ONLY',
        `The device's Lineside folder cannot be written to, so ${what} could not be saved; make it writable and try again. The release that served goes on.`,
        { details: { errno: errnoOf(error) }, cause: error },
      );
    case 'EIO':
      return new AppError(
        'DEVICE_COMMAND_FAILED',
        `The device's disk reported a fault while ${what} was written; check the disk. The release that served goes on.`,
        { details: { errno: 'EIO' }, cause: error },
      );
    default:
      return error;
  }
}

/** DEVICE_DISK_FULL with one sentence: `Not possible: <reason>; free space …`. */
export function diskFull(reason: string, cause?: unknown, details: Record<string, unknown> = {}): AppError {
  return new AppError(
    'DEVICE_DISK_FULL',
    `Not possible: ${reason}; free space on the device and try again. The release that served goes on.`,
    { details, retryable: true, cause },
  );
}
