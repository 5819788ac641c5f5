// The server's side of errors over RPC: AppErrors travel with code, sentence and details; anything else is logged as a bug with a trace id.
import { randomUUID } from 'node:crypto';
import { ORPCError } from '@orpc/server';
import type { RpcErrorData } from '../../shared/contract/rpc-error.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import type { Logger } from './ports.ts';

/** Turns what a handler threw into the error that crosses the wire. */
export function toRpcError(thrown: unknown, log: Logger): Error {
  if (thrown instanceof ORPCError) return thrown;
  if (thrown instanceof AppError) return wire(thrown);
  const traceId = randomUUID();
  log.error({ err: thrown, traceId }, 'a call failed by a fault of ours');
  return wire(
    new AppError('INTERNAL', `Lineside met a fault of its own; the log has it under ${traceId}.`, {
      details: { traceId },
    }),
  );
}

function wire(error: AppError): Error {
  const data: RpcErrorData = { details: error.details, retryable: error.retryable };
  return new ORPCError(error.code, { message: error.message, data });
}

/** Passes a stream on and turns what it throws into wire errors. */
export async function* guardStream<T>(source: AsyncIterable<T>, log: Logger): AsyncGenerator<T, void, void> {
  try {
    yield* source;
  } catch (thrown) {
    throw toRpcError(thrown, log);
  }
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
