// The one error of golden vector files: which file, which array, and why.
import { AppError } from '../../../shared/errors/app-error.ts';

/** GOLDEN_FILE_INVALID; `reason` ends without a full stop. */
export function goldenFileInvalid(path: string, array: string | null, reason: string): AppError {
  const what = array === null ? `The golden file ${path}` : `The array "${array}" in the golden file ${path}`;
  return new AppError('GOLDEN_FILE_INVALID', `${what} cannot be used: ${reason}.`, { details: { path, array } });
}
