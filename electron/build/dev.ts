// `npm run dev [-- --data-dir DIR]`: the web host with hot reload of the page, started anew when a source of the backend changes.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { repositoryRoot } from './paths.ts';
import { runProgram } from './run-program.ts';

/** A port that is free now: it stays the same over restarts, so that the page finds its host again. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const host = join(repositoryRoot, 'electron/hosts/dev.ts');
const args = ['--watch', '--watch-preserve-output', host, '--port', String(await freePort()), ...process.argv.slice(2)];
// One session over all restarts: else every saved file would ask for a new link.
const environment = { ...process.env, LINESIDE_DEV_SESSION: randomBytes(32).toString('base64url') };
process.exitCode = await runProgram(process.execPath, args, environment);
