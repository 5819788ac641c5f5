// The web host: one loopback HTTP server with the page, the RPC WebSocket, uploads and downloads, all behind one access rule.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AnyRouter } from '@orpc/server';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Logger } from '../../backend/ports.ts';
import { createAccess } from './access.ts';
import { createDownloads } from './downloads.ts';
import { createPageHandler, type PageHandler } from './page.ts';
import { answerRequest } from './requests.ts';
import { createRpcSockets } from './rpc-socket.ts';
import { createUploads } from './uploads.ts';

export interface WebServerOptions {
  readonly router: AnyRouter;
  /** Uploads and exports lie below it. */
  readonly dataDir: string;
  readonly log: Logger;
  /** The built page's folder, or a handler that makes it on the fly, as in development. */
  readonly page: string | ((server: Server, host: string) => Promise<PageHandler>);
  /** 0 or absent: a free port. */
  readonly port?: number | undefined;
  readonly uploadLimitBytes?: number;
  /** WebSocket sub-protocols that another listener of the same server answers, as in development. */
  readonly foreignProtocols?: readonly string[] | undefined;
  /** One session that outlives a restart, for development. */
  readonly session?: string | undefined;
}

export interface WebServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** A link that opens the page and works once. */
  newLink(): string;
  /** Allows a file outside the exports folder to be downloaded. */
  registerDownload(path: string): void;
  /** Ends streams, connections and uploads. */
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const DEFAULT_UPLOAD_LIMIT_BYTES = 8 * 1024 ** 3;

/** Starts the web host. @throws USAGE when the port is taken or may not be used */
export async function startServer(options: WebServerOptions): Promise<WebServer> {
  const server = createServer();
  const port = await listen(server, options.port ?? 0);
  const host = `${LOOPBACK}:${port}`;
  const access = createAccess(host, options.session);
  const uploads = createUploads(options.dataDir, options.uploadLimitBytes ?? DEFAULT_UPLOAD_LIMIT_BYTES);
  const downloads = createDownloads(options.dataDir);
  const sockets = createRpcSockets(options.router);
  const page =
    typeof options.page === 'string' ? createPageHandler(options.page, host) : await options.page(server, host);

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void answerRequest(request, response, { host, access, uploads, downloads, page, log: options.log });
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (options.foreignProtocols?.includes(request.headers['sec-websocket-protocol'] ?? '')) return;
    socket.on('error', () => socket.destroy());
    const isWelcome = access.isOurHost(request) && access.isOurOrigin(request) && access.hasSession(request);
    if (!isWelcome) return refuseUpgrade(socket, '403 Forbidden');
    if (request.url !== '/rpc') return refuseUpgrade(socket, '404 Not Found');
    sockets.server.handleUpgrade(request, socket, head, (opened) => sockets.server.emit('connection', opened, request));
  });

  return {
    origin: `http://${host}`,
    newLink: () => `http://${host}/#token=${access.issueToken()}`,
    registerDownload: (path) => downloads.register(path),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await sockets.close();
      server.closeAllConnections();
      await closed;
      await uploads.dispose();
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new AppError('USAGE', `Port ${port} cannot be used (${cause.code}); choose another with --port.`, { cause }),
      );
    });
    server.listen(port, LOOPBACK, resolve);
  });
  server.removeAllListeners('error');
  return (server.address() as AddressInfo).port;
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
