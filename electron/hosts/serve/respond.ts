// Small answers of the web host: JSON bodies and errors in the form that the command line uses too.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../../../shared/errors/app-error.ts';

const COMMON_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

export function respondJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...COMMON_HEADERS, ...headers });
  response.end(JSON.stringify(body));
}

/** Answers with `{ error: { code, message, details } }`; a request body that was not read to its end is cut off with it. */
export function respondError(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  error: AppError,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  respondJson(response, status, { error: error.toWire() }, request.complete ? {} : { Connection: 'close' });
}

/** Reads a JSON body of at most `limitBytes`. @throws INPUT_INVALID */
export async function readJsonBody(request: IncomingMessage, limitBytes = 16_384): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes)
      throw new AppError('INPUT_INVALID', `The request is larger than ${limitBytes} bytes; send less.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new AppError('INPUT_INVALID', 'The request is not JSON; send a JSON object.', { cause });
  }
}
