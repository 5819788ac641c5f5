// The agent's command line: which of its four things it is asked to do, for which root and with which runtime.
import { isAbsolute, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { AgentHello } from '../../shared/agent-protocol/messages.ts';
import { AppError } from '../../shared/errors/app-error.ts';

export type StartMode = AgentHello['startMode'];

export interface AgentFlags {
  readonly command: 'run' | 'daemonize' | 'connect' | 'stop';
  /** Absolute. */
  readonly root: string;
  /** Folder with the ONNX Runtime library; null: the one of the npm package. */
  readonly ortDir: string | null;
  readonly startMode: StartMode;
  readonly kitId: string;
}

const COMMANDS = ['run', 'daemonize', 'connect', 'stop'] as const;
const START_MODES = ['systemd', 'cron', 'detached'] as const;

/** `args`: the command line after the entry file. @throws USAGE */
export function parseAgentFlags(args: readonly string[]): AgentFlags {
  const parsed = parseOrExplain(args);
  const [command = 'run', ...rest] = parsed.positionals;
  const { root, ort } = parsed.values;
  const startMode = parsed.values['start-mode'] ?? 'detached';
  if (!isOneOf(COMMANDS, command) || rest.length > 0)
    throw usage(`"${parsed.positionals.join(' ')}" is not a command.`);
  if (!isOneOf(START_MODES, startMode)) throw usage(`"${startMode}" is not a start mode.`);
  if (root === undefined) throw usage('--root is missing.');
  return {
    command,
    root: isAbsolute(root) ? root : resolve(root),
    ortDir: ort === undefined ? null : resolve(ort),
    startMode,
    kitId: parsed.values['kit-id'] ?? 'checkout',
  };
}

/** The flags as arguments again, for the detached agent. */
export function formatAgentFlags(flags: AgentFlags): string[] {
  const ort = flags.ortDir === null ? [] : ['--ort', flags.ortDir];
  return ['--root', flags.root, ...ort, '--start-mode', flags.startMode, '--kit-id', flags.kitId];
}

function parseOrExplain(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        root: { type: 'string' },
        ort: { type: 'string' },
        'start-mode': { type: 'string' },
        'kit-id': { type: 'string' },
      },
    });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function isOneOf<Value extends string>(values: readonly Value[], value: string): value is Value {
  return (values as readonly string[]).includes(value);
}

function usage(reason: string): AppError {
  return new AppError(
    'USAGE',
    `${reason} Use: main [daemonize|connect|stop] --root DIR [--ort DIR] [--start-mode ${START_MODES.join('|')}] [--kit-id ID].`,
  );
}
