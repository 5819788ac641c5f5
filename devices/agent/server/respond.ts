// Writes the agent's HTTP answers: JSON bodies, and errors as {error: WireError} with the status that fits their code.
import type { ServerResponse } from 'node:http';
import { toAppError } from '../../../shared/errors/app-error.ts';
import type { ErrorCode } from '../../../shared/errors/codes.ts';

/** Codes that are not simply "the request could not be carried out" (422). */
const STATUS_OF_CODE: Partial<Record<ErrorCode, number>> = {
  INPUT_INVALID: 400,
  USAGE: 400,
  NAME_INVALID: 400,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  IN_USE: 409,
  DEVICE_BUSY: 409,
  CANCELLED: 409,
  DEVICE_DISK_FULL: 507,
  DEVICE_READ_ONLY: 503,
  INFERENCE_UNAVAILABLE: 503,
  INTERNAL: 500,
};

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': String(body.length), ...headers });
  response.end(body);
}

/** Anything thrown becomes an AppError; when the answer has begun already the connection is cut instead. */
export function sendError(response: ServerResponse, error: unknown): void {
  const failure = toAppError(error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  sendJson(response, STATUS_OF_CODE[failure.code] ?? 422, { error: failure.toWire() });
}
