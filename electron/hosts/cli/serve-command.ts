// `lineside serve`: the console in the browser.
import type { Command } from 'commander';
import { nonNegativeInteger } from './parse.ts';

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('serve the console to the browser on this computer')
    .option('--port <n>', 'port on 127.0.0.1 (default: a free one)', nonNegativeInteger)
    .option('--no-open', 'do not open the browser')
    .action(async (options: { port?: number; dataDir?: string; open: boolean }) => {
      // Loaded only here: no other command needs the web server.
      const [{ runServe }, { pageFolder }] = await Promise.all([
        import('../serve/run-serve.ts'),
        import('../serve/page-folder.ts'),
      ]);
      await runServe({
        page: await pageFolder(),
        port: options.port,
        dataDir: options.dataDir,
        opensBrowser: options.open,
      });
    });
}
