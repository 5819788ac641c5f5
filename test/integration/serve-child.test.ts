// The backend process under a parent: a real child on plain Node, driven over its IPC channel.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { RouterClient } from '@orpc/server';
import { afterEach, describe, expect, it } from 'vitest';
import { isPortFrame, isReadyFrame, type PortFrame } from '../../shared/contract/port-frames.ts';
import type { TransportRouter } from '../helpers/electron-router.ts';
import { eventually } from '../helpers/eventually.ts';

const entry = fileURLToPath(new URL('../helpers/electron-child.ts', import.meta.url));
const children: ChildProcess[] = [];

function startChild(env: NodeJS.ProcessEnv = {}): { child: ChildProcess; ready: Promise<void>; stderr: () => string } {
  const child = fork(entry, [], {
    env: { ...process.env, ...env },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  children.push(child);
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const ready = new Promise<void>((resolve) => child.on('message', (message) => isReadyFrame(message) && resolve()));
  return { child, ready, stderr: () => text };
}

/** A client on port `id` of the child, as the page has one, and how to close the port. */
function connect(child: ChildProcess, id: number): { client: RouterClient<TransportRouter>; close: () => void } {
  const send = (frame: PortFrame): void => void child.send(frame);
  const port = {
    on(event: string, listener: (event?: { data: unknown }) => void) {
      if (event !== 'message') return;
      child.on('message', (frame) => {
        if (isPortFrame(frame) && frame.port === id && 'data' in frame) listener({ data: frame.data });
      });
    },
    postMessage: (data: unknown) => send({ port: id, data: String(data) }),
  };
  return { client: createORPCClient(new RPCLink({ port })), close: () => send({ port: id, close: true }) };
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('the backend process', () => {
  it('answers calls of several ports apart from one another', async () => {
    const { child, ready } = startChild();
    await ready;
    const [first, second] = [connect(child, 1), connect(child, 2)];
    const answers = await Promise.all([first.client.echo({ text: 'one' }), second.client.echo({ text: 'two' })]);
    expect(answers).toEqual([
      { text: 'one', pid: child.pid },
      { text: 'two', pid: child.pid },
    ]);
  });

  it('answers what was sent before it was ready', async () => {
    const { child } = startChild();
    await expect(connect(child, 1).client.echo({ text: 'early' })).resolves.toMatchObject({ text: 'early' });
  });

  it('ends the streams of a port that closes and leaves those of another alone', async () => {
    const { child, ready } = startChild();
    await ready;
    const [leaving, staying] = [connect(child, 1), connect(child, 2)];
    await (await leaving.client.count()).next();
    const kept = await staying.client.count();
    await kept.next();
    expect(await staying.client.openStreams()).toBe(2);
    leaving.close();
    await eventually('one stream is left', async () => (await staying.client.openStreams()) === 1);
    expect((await kept.next()).done).toBe(false);
    await kept.return();
    await eventually('no stream is left', async () => (await staying.client.openStreams()) === 0);
  });

  it('lets go of the backend and exits 0 when the parent disconnects', async () => {
    const { child, ready, stderr } = startChild();
    await ready;
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(stderr()).toBe('disposed\n');
  });

  it('lets go of the backend and exits 0 on SIGTERM', async () => {
    const { child, ready, stderr } = startChild();
    await ready;
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(stderr()).toBe('disposed\n');
  });

  it('exits 70 with the reason when the backend cannot start', async () => {
    const { child, stderr } = startChild({ BREAK: 'start' });
    expect(await once(child, 'close')).toEqual([70, null]);
    expect(stderr()).toContain('the backend could not start: no backend today');
  });

  it('exits 70 with the reason when a promise fails that nobody handles', async () => {
    const { child, stderr } = startChild({ BREAK: 'later' });
    expect(await once(child, 'close')).toEqual([70, null]);
    expect(stderr()).toContain('nobody handles this');
  });
});
