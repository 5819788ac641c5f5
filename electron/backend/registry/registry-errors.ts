// What can go wrong with a registry, each as one sentence with a code.
import { AppError } from '../../../shared/errors/app-error.ts';

/** The registry, or a place that it sent us to, does not answer. */
export function unreachable(host: string, reason: string, cause?: unknown): AppError {
  return new AppError('REGISTRY_UNREACHABLE', `The registry ${host} cannot be reached: ${reason}.`, {
    details: { host, reason },
    retryable: true,
    cause,
  });
}

export function authFailed(host: string, repository: string, hasCredentials: boolean): AppError {
  const advice = hasCredentials
    ? 'the user name or password is wrong, or has no right to do this'
    : 'it asks for a login, and there is none; log in with docker or podman, or give --username and --password-stdin';
  return new AppError('REGISTRY_AUTH_FAILED', `The registry ${host} refused access to ${repository}: ${advice}.`, {
    details: { host, repository, hasCredentials },
  });
}

/** The registry answered, but not with what was asked. `what` completes "The registry HOST …". */
export function refused(host: string, what: string, details: Record<string, unknown> = {}): AppError {
  return new AppError('REGISTRY_REFUSED', `The registry ${host} ${what}.`, { details: { host, ...details } });
}

export function notThere(reference: string): AppError {
  return new AppError('NOT_FOUND', `There is nothing at ${reference}; check the repository and the tag.`, {
    details: { reference },
  });
}
