// Entry for tests: a backend process with the small test router. Faults by wish of the environment:
// BREAK=start|later, or BREAK_FILE, a file that keeps it from starting while it is there.
import { existsSync } from 'node:fs';
import { serveParent } from '../../electron/hosts/child/serve-parent.ts';
import { transportRouter } from './electron-router.ts';

await serveParent(
  async () => {
    const isBroken = process.env['BREAK'] === 'start' || existsSync(process.env['BREAK_FILE'] ?? '');
    if (isBroken) throw new Error('no backend today');
    if (process.env['BREAK'] === 'later') setTimeout(() => void Promise.reject(new Error('nobody handles this')), 50);
    return {
      router: transportRouter,
      dispose: async () => {
        process.stderr.write('disposed\n');
      },
    };
  },
  (fault, what) => void process.stderr.write(`${what}: ${fault instanceof Error ? fault.message : String(fault)}\n`),
);
