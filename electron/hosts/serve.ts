// Entry: the web host on its own, `serve [--port N] [--data-dir DIR] [--no-open]`.
import { parseArgs } from 'node:util';
import { AppError, toAppError } from '../../shared/errors/app-error.ts';
import { pageFolder } from './serve/page-folder.ts';
import { runServe } from './serve/run-serve.ts';

function readOptions(): { port?: number; dataDir?: string; opensBrowser: boolean } {
  try {
    const { values } = parseArgs({
      options: { port: { type: 'string' }, 'data-dir': { type: 'string' }, open: { type: 'boolean', default: true } },
      allowNegative: true,
    });
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
      throw new AppError('USAGE', '--port takes a number from 0 to 65535.');
    }
    return {
      opensBrowser: values.open,
      ...(port === undefined ? {} : { port }),
      ...(values['data-dir'] === undefined ? {} : { dataDir: values['data-dir'] }),
    };
  } catch (fault) {
    if (fault instanceof AppError) throw fault;
    throw new AppError('USAGE', `${(fault as Error).message}`, { cause: fault });
  }
}

try {
  await runServe({ page: await pageFolder(), ...readOptions() });
  process.exit(0);
} catch (fault) {
  const error = toAppError(fault);
  process.stderr.write(`${error.message}\n`);
  process.exit(error.exitCode);
}
