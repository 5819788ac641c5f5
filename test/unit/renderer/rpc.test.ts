/** The line to the backend: calls wait for the first one, fail at once while it is away, and streams come back by themselves. */
import { ORPCError } from '@orpc/client';
import { afterEach, describe, expect, it } from 'vitest';
import { asAppError } from '../../../renderer/lib/errors.ts';
import { follow } from '../../../renderer/lib/follow.ts';
import { backOffMs, createRpcConnection, type RpcConnection, until } from '../../../renderer/lib/rpc.ts';
import type { Line, Transport } from '../../../renderer/lib/rpc-transports.ts';
import { AppError } from '../../../shared/errors/app-error.ts';

type Answer = (path: readonly string[]) => Promise<unknown>;

/** A transport whose lines are opened, answered and broken by the test. */
function controlled(answer: Answer) {
  const waiting: Array<() => void> = [];
  let breakLine: () => void = () => undefined;
  const transport: Transport = () =>
    new Promise<Line>((resolve) => {
      waiting.push(() => {
        let end: () => void = () => undefined;
        const closed = new Promise<void>((done) => {
          end = done;
        });
        breakLine = end;
        resolve({ link: { call: (path) => answer(path) }, closed, close: end });
      });
    });
  const opened = async () => {
    const deadline = Date.now() + 5000;
    while (waiting.length === 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
    waiting.shift()?.();
  };
  return { transport, opened, breakLine: () => breakLine() };
}

const open: RpcConnection[] = [];
function connect(transport: Transport): RpcConnection {
  const connection = createRpcConnection(transport);
  open.push(connection);
  return connection;
}

afterEach(() => {
  for (const connection of open.splice(0)) connection.close();
});

describe('createRpcConnection', () => {
  it('lets a call wait for the first line', async () => {
    const line = controlled(async (path) => path.join('.'));
    const connection = connect(line.transport);
    const call = connection.client.system.info();
    await line.opened();
    await expect(call).resolves.toBe('system.info');
  });

  it('fails calls at once while the line is away, and serves them again afterwards', async () => {
    const line = controlled(async () => 'answer');
    const connection = connect(line.transport);
    await line.opened();
    await until(connection.state, (state) => state.kind === 'open');
    line.breakLine();
    await until(connection.state, (state) => state.kind === 'away');
    await expect(connection.client.system.info()).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      retryable: true,
    });
    connection.retryNow();
    await line.opened();
    await until(connection.state, (state) => state.kind === 'open');
    await expect(connection.client.system.info()).resolves.toBe('answer');
  });

  it('turns errors of the contract into ours', async () => {
    const line = controlled(async () => {
      throw new ORPCError('IN_USE', {
        message: 'x',
        data: { message: 'A bundle needs digits:1.', details: { ref: 'digits:1' }, retryable: false },
      });
    });
    const connection = connect(line.transport);
    await line.opened();
    await expect(connection.client.system.info()).rejects.toMatchObject({
      code: 'IN_USE',
      message: 'A bundle needs digits:1.',
      details: { ref: 'digits:1' },
    });
  });

  it('waits longer after every failure, up to eight seconds', () => {
    expect([1, 2, 3, 6, 20].map(backOffMs)).toEqual([250, 500, 1000, 8000, 8000]);
  });
});

describe('follow', () => {
  it('opens the stream again after the line was away', async () => {
    const line = controlled(async () => null);
    const connection = connect(line.transport);
    await line.opened();
    await until(connection.state, (state) => state.kind === 'open');
    const seen: string[] = [];
    let opens = 0;
    let twice: () => void = () => undefined;
    const done = new Promise<void>((resolve) => {
      twice = resolve;
    });
    const stop = follow<string>(connection, {
      async open(signal) {
        opens += 1;
        const mine = opens;
        return (async function* () {
          yield `snapshot ${mine}`;
          await new Promise((_resolve, reject) => {
            if (mine === 1)
              void until(connection.state, (state) => state.kind === 'away').then(() => reject(new Error('closed')));
            signal.addEventListener('abort', () => reject(new Error('stopped')));
          });
        })();
      },
      onMessage: (message) => {
        seen.push(message);
        if (seen.length === 2) twice();
      },
      onFailure: (failure) => seen.push(failure.code),
    });
    line.breakLine();
    await until(connection.state, (state) => state.kind === 'away');
    connection.retryNow();
    await line.opened();
    await done;
    stop();
    expect(seen).toEqual(['snapshot 1', 'snapshot 2']);
  });

  it('reports a failure that opening again would not cure', async () => {
    const line = controlled(async () => null);
    const connection = connect(line.transport);
    await line.opened();
    const failure = await new Promise<AppError>((resolve) => {
      follow<string>(connection, {
        open: () => Promise.reject(new AppError('NOT_FOUND', 'There is no such device.')),
        onMessage: () => undefined,
        onFailure: resolve,
      });
    });
    expect(failure.code).toBe('NOT_FOUND');
  });
});

describe('asAppError', () => {
  it('keeps ours, maps a refused input, and calls the rest a fault of ours', () => {
    const ours = new AppError('CANCELLED', 'Stopped.');
    expect(asAppError(ours)).toBe(ours);
    expect(asAppError(new ORPCError('BAD_REQUEST', { message: 'Input validation failed' })).code).toBe('INPUT_INVALID');
    expect(asAppError(new ORPCError('TEAPOT')).code).toBe('INTERNAL');
    expect(asAppError(new TypeError('x is not a function')).message).toContain('x is not a function');
  });
});
