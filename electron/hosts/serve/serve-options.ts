// The command line of the web host: `[--port N] [--data-dir DIR] [--no-open]`.
import { parseArgs } from 'node:util';
import { AppError } from '../../../shared/errors/app-error.ts';

export interface ServeArguments {
  /** 0 or absent: a free port. */
  readonly port?: number;
  readonly dataDir?: string;
  readonly opensBrowser: boolean;
}

/** @throws USAGE */
export function readServeOptions(argv: readonly string[]): ServeArguments {
  const values = parse(argv);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(/^\d+$/.test(values.port ?? '') && port <= 65_535)) {
    throw new AppError('USAGE', '--port takes a number from 0 to 65535.');
  }
  return {
    opensBrowser: values.open,
    ...(port === undefined ? {} : { port }),
    ...(values['data-dir'] === undefined ? {} : { dataDir: values['data-dir'] }),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: { port: { type: 'string' }, 'data-dir': { type: 'string' }, open: { type: 'boolean', default: true } },
      allowNegative: true,
    }).values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('USAGE', `${reason} The web host takes --port N, --data-dir DIR and --no-open.`, { cause });
  }
}
