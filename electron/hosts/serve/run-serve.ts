// `lineside serve` from start to end: backend, web server, the printed link, and an orderly end on a signal.
import { createBackend } from '../../backend/create-backend.ts';
import { createNodePorts } from '../node-ports.ts';
import { openBrowser } from './open-browser.ts';
import { startServer, type WebServerOptions } from './start-server.ts';

export interface ServeOptions {
  readonly page: WebServerOptions['page'];
  readonly dataDir?: string | undefined;
  readonly port?: number | undefined;
  /** Opens the link in the user's browser. */
  readonly opensBrowser: boolean;
  readonly foreignProtocols?: WebServerOptions['foreignProtocols'];
  readonly session?: WebServerOptions['session'];
}

/** Serves until SIGINT or SIGTERM. Prints one line with the link; Enter on a terminal prints a fresh one. @throws USAGE, or what the backend throws */
export async function runServe(options: ServeOptions): Promise<void> {
  const ports = createNodePorts({
    host: 'serve',
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
  });
  const backend = await createBackend(ports);
  try {
    const server = await startServer({
      router: backend.router,
      dataDir: ports.dataDir,
      log: ports.log,
      page: options.page,
      port: options.port,
      foreignProtocols: options.foreignProtocols,
      session: options.session,
    });
    const ended = signalled();
    const link = server.newLink();
    process.stdout.write(`Lineside is at ${link}\n`);
    if (options.opensBrowser) await openBrowser(link);
    if (process.stdin.isTTY)
      process.stdin.on('data', () => process.stdout.write(`Lineside is at ${server.newLink()}\n`)).unref();
    await ended;
    await server.close();
  } finally {
    await backend.dispose();
  }
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}
