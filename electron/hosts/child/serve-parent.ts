// The life of a backend process under a parent: ready when the router answers, gone when the parent is gone or when a bug shows.
import type { AnyRouter } from '@orpc/server';
import type { PortFrame, ReadyFrame } from '../../../shared/contract/port-frames.ts';
import { createPortServer } from './port-server.ts';

/** What is served: a router and how to let go of what stands behind it. */
export interface ServedBackend {
  readonly router: AnyRouter;
  dispose(): Promise<void>;
}

const DISPOSE_LIMIT_MS = 4_000;
const EXIT_BUG = 70;

/**
 * Serves a backend to the process that started this one with an IPC channel. Exits 0 when the parent lets go, 70 when the
 * backend cannot start or anything throws that nobody handles; `logFault` is told why first.
 */
export async function serveParent(
  start: () => Promise<ServedBackend>,
  logFault: (fault: unknown, what: string) => void,
): Promise<void> {
  const exitWithFault = (fault: unknown, what: string): never => {
    logFault(fault, what);
    process.exit(EXIT_BUG);
  };
  process.on('unhandledRejection', (reason) => exitWithFault(reason, 'a promise failed that nobody handles'));
  process.on('uncaughtException', (error) => exitWithFault(error, 'an error was thrown that nobody handles'));
  process.on('SIGINT', () => undefined); // Ctrl-C reaches the whole process group; the parent decides when this one ends.

  if (!process.connected)
    return exitWithFault(new Error('no IPC channel'), 'this program is started by Lineside itself');
  const early: unknown[] = [];
  const keepEarly = (message: unknown): void => void early.push(message);
  process.on('message', keepEarly);

  const leaveAsked = new Promise<void>((resolve) => {
    process.once('disconnect', resolve);
    process.once('SIGTERM', resolve);
  });

  const backend = await start().catch((fault: unknown) => exitWithFault(fault, 'the backend could not start'));
  const server = createPortServer(backend.router, sendToParent);
  process.off('message', keepEarly);
  process.on('message', (message) => server.receive(message));
  for (const message of early) server.receive(message);
  sendToParent({ ready: true });

  await leaveAsked;
  server.close();
  const limit = setTimeout(
    () => exitWithFault(new Error('time limit'), 'the backend did not let go in time'),
    DISPOSE_LIMIT_MS,
  );
  await backend.dispose();
  clearTimeout(limit);
  process.exit(0);
}

function sendToParent(frame: PortFrame | ReadyFrame): void {
  // A channel that closes under a frame is no fault: `disconnect` follows and ends this process.
  process.send?.(frame, undefined, undefined, () => undefined);
}
