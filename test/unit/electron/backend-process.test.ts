// The supervisor of the backend, over real processes: a few lines of Node each.
import { afterEach, describe, expect, it } from 'vitest';
import { type BackendProcess, createBackendProcess } from '../../../electron/main/backend-process.ts';
import type { PortFrame } from '../../../shared/contract/port-frames.ts';
import { eventually } from '../../helpers/eventually.ts';

/** Answers each frame with its own text, and dies of the word `die`. */
const ECHO = `
  process.on('message', (frame) => frame.data === 'die' ? process.kill(process.pid, 'SIGKILL') : process.send(frame));
  process.on('disconnect', () => process.exit(0));
  process.send({ ready: true });
`;

interface Seen {
  ready: number;
  down: number;
  frames: PortFrame[];
  failing: string[];
}

const started: BackendProcess[] = [];

function supervise(program: string, command = process.execPath): { backend: BackendProcess; seen: Seen } {
  const seen: Seen = { ready: 0, down: 0, frames: [], failing: [] };
  const backend = createBackendProcess({
    command,
    args: ['-e', program],
    firstDelayMs: 5,
    onReady: () => void (seen.ready += 1),
    onDown: () => void (seen.down += 1),
    onFrame: (frame) => void seen.frames.push(frame),
    onFailing: (lastWords) => void seen.failing.push(lastWords),
  });
  started.push(backend);
  return { backend, seen };
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((backend) => backend.stop()));
});

describe('the backend’s supervisor', () => {
  it('passes frames on when the backend is ready, and none before', async () => {
    const { backend, seen } = supervise(ECHO);
    backend.send({ port: 1, data: 'too early' });
    await eventually('ready', () => backend.isReady);
    backend.send({ port: 1, data: 'hello' });
    await eventually('answered', () => seen.frames.length > 0);
    expect(seen.frames).toEqual([{ port: 1, data: 'hello' }]);
  });

  it('starts it again when it dies', async () => {
    const { backend, seen } = supervise(ECHO);
    await eventually('ready', () => backend.isReady);
    const first = backend.pid;
    backend.send({ port: 1, data: 'die' });
    await eventually('ready again', () => seen.ready === 2);
    expect(seen.down).toBe(1);
    expect(backend.pid).not.toBe(first);
  });

  it('goes on trying, and says once, with its last words, that it does not start', async () => {
    const { backend, seen } = supervise(`console.error('no database'); process.exit(70)`);
    await eventually('it died five times', () => seen.down >= 5);
    expect(seen.failing).toEqual(['no database']);
    expect(backend.isReady).toBe(false);
  });

  it('counts a program that cannot be run at all as dead', async () => {
    const { seen } = supervise('', '/does/not/exist');
    await eventually('it failed', () => seen.failing.length === 1);
    expect(seen.failing[0]).toContain('ENOENT');
  });

  it('asks it to leave, and starts it no more', async () => {
    const { backend, seen } = supervise(ECHO);
    await eventually('ready', () => backend.isReady);
    await backend.stop();
    expect(backend.pid).toBe(undefined);
    expect(seen).toMatchObject({ ready: 1, down: 0 });
  });

  it('stops between two starts, too', async () => {
    const { backend, seen } = supervise('process.exit(1)');
    await eventually('it died', () => seen.down >= 1);
    await backend.stop();
    const { down } = seen;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(seen.down).toBe(down);
  });

  it('hands the backend none of Node’s or Electron’s own settings', async () => {
    process.env['ELECTRON_RUN_AS_NODE'] = '1';
    try {
      const { seen } = supervise(`
        const { NODE_OPTIONS, ELECTRON_RUN_AS_NODE, PATH } = process.env;
        process.send({ port: 1, data: JSON.stringify({ NODE_OPTIONS, ELECTRON_RUN_AS_NODE, hasPath: Boolean(PATH) }) });
        process.on('disconnect', () => process.exit(0));
      `);
      await eventually('it told', () => seen.frames.length > 0);
      expect(seen.frames).toEqual([{ port: 1, data: '{"hasPath":true}' }]);
    } finally {
      delete process.env['ELECTRON_RUN_AS_NODE'];
    }
  });
});
