// Entry for tests: a backend process with the small test router. Faults by wish of the environment: BREAK=start|later.
import { serveParent } from '../../electron/hosts/child/serve-parent.ts';
import { transportRouter } from './electron-router.ts';

await serveParent(
  async () => {
    if (process.env['BREAK'] === 'start') throw new Error('no backend today');
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
