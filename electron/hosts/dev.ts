// Entry of development: the web host with the page from its sources. Started, and started anew, by electron/build/dev.ts.
import { toAppError } from '../../shared/errors/app-error.ts';
import { createDevPage, HOT_RELOAD_PROTOCOLS } from './serve/dev-page.ts';
import { runServe } from './serve/run-serve.ts';
import { readServeOptions } from './serve/serve-options.ts';

try {
  await runServe({
    ...readServeOptions(process.argv.slice(2)),
    opensBrowser: false,
    page: createDevPage,
    foreignProtocols: HOT_RELOAD_PROTOCOLS,
    session: process.env['LINESIDE_DEV_SESSION'],
  });
  process.exit(0);
} catch (fault) {
  process.stderr.write(`${toAppError(fault).message}\n`);
  process.exit(toAppError(fault).exitCode);
}
