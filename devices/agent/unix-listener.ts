// Makes an HTTP server listen on the agent's Unix socket, for its owner alone.

import { chmodSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';

/** Call it only while holding the agent's lock: a socket file that is there belongs to an agent that has ended. */
export function listenOnSocket(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // The file must not be open to others for even a moment; bind happens inside this call.
    const before = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off('error', reject);
        chmodSync(path, 0o600);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}
