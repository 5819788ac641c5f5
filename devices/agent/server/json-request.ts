// Reads a JSON request body and checks it against its schema.
import type { IncomingMessage } from 'node:http';
import type * as z from 'zod/mini';
import { AppError } from '../../../shared/errors/app-error.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';

/** Manifests and signatures are a few kilobytes; this is far above any real one. */
const LIMIT_BYTES = 4 * 1024 * 1024;

/** @throws INPUT_INVALID naming the first field that is wrong. */
export async function readJson<Schema extends z.ZodMiniType>(
  request: IncomingMessage,
  schema: Schema,
): Promise<z.output<Schema>> {
  let value: unknown;
  try {
    value = JSON.parse((await readBody(request, LIMIT_BYTES)).toString('utf8'));
  } catch (error) {
    if (error instanceof BodyTooLargeError) throw new AppError('INPUT_INVALID', error.message);
    if (error instanceof SyntaxError)
      throw new AppError('INPUT_INVALID', 'The request body is not JSON.', { cause: error });
    throw error;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.');
  throw new AppError(
    'INPUT_INVALID',
    `The request is not what this agent understands: ${where} is wrong (${issue?.message ?? 'unknown'}).`,
    {
      details: { path: where },
    },
  );
}
