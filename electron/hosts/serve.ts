// Entry: the web host on its own, `serve [--port N] [--data-dir DIR] [--no-open]`.
import { toAppError } from '../../shared/errors/app-error.ts';
import { pageFolder } from './serve/page-folder.ts';
import { runServe } from './serve/run-serve.ts';
import { readServeOptions } from './serve/serve-options.ts';

try {
  const options = readServeOptions(process.argv.slice(2));
  await runServe({ ...options, page: await pageFolder() });
  process.exit(0);
} catch (fault) {
  const error = toAppError(fault);
  process.stderr.write(`${error.message}\n`);
  process.exit(error.exitCode);
}
