// The `lineside` command line: sub-commands over the backend in this process, documented exit codes, --json everywhere.
import { Command, CommanderError } from 'commander';
import { LINESIDE_VERSION } from '../../../shared/domain/versions.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import { addBenchCommands } from './bench-commands.ts';
import { addBundleCommands } from './bundle-commands.ts';
import { addCompareCommands } from './compare-commands.ts';
import { addDeviceCommands } from './device-commands.ts';
import { interruptSignal } from './interrupt.ts';
import { addModelCommands } from './model-commands.ts';
import { addProfileCommands } from './profile-commands.ts';
import { addResultCommands } from './result-commands.ts';
import { addRolloutCommands } from './rollout-commands.ts';
import { addServeCommand } from './serve-command.ts';
import { isJsonWanted, reportError } from './session.ts';

const EXIT_CODES = `
Exit codes: 0 done, 1 the check said no, 2 wrong usage, 3 the input was bad,
4 device or network, 5 cancelled, 70 a fault of Lineside.`;

export function createProgram(): Command {
  const program = new Command('lineside')
    .description('Benchmark ONNX models, pack them into signed bundles, roll them out over SSH and watch them run.')
    .version(LINESIDE_VERSION)
    // So that `model import --version 2` means the model's version.
    .enablePositionalOptions()
    .addHelpText('after', EXIT_CODES)
    .helpCommand('help [command]', 'how to use a command');
  addModelCommands(program);
  addBenchCommands(program);
  addCompareCommands(program);
  addResultCommands(program);
  addBundleCommands(program);
  addDeviceCommands(program);
  addProfileCommands(program);
  addRolloutCommands(program);
  addServeCommand(program);
  for (const leaf of leaves(program)) {
    leaf
      .option('--json', 'answer with one JSON document')
      .option('--data-dir <folder>', "Lineside's data folder (default: LINESIDE_DATA_DIR, or the system's place)");
  }
  return program;
}

function leaves(command: Command): Command[] {
  command
    .helpOption('-h, --help', 'show this help')
    .configureOutput({ writeErr: () => undefined })
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : usageError(command, error);
    });
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

/** Runs one command line (without the program's name) and gives its exit code; errors are printed, never thrown. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const isJson = isJsonWanted(argv);
  interruptSignal();
  endQuietlyWithoutReader();
  // Whatever nobody waited for is a fault of ours; Node's own exit code 1 would say that a check said no.
  process.on('uncaughtException', (thrown) => {
    process.exit(reportError(toAppError(thrown), isJson));
  });
  const program = createProgram();
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (thrown) {
    return thrown instanceof CommanderError ? thrown.exitCode : reportError(thrown, isJson);
  }
}

/** As every Unix tool: when the reader of a pipe has left (`lineside model list | head -1`), there is nothing more to say. */
function endQuietlyWithoutReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** commander's own words as one sentence that says where to look. */
function usageError(command: Command, error: CommanderError): AppError {
  const path: string[] = [];
  for (let each: Command | null = command; each; each = each.parent) path.unshift(each.name());
  const name = path.join(' ');
  const words = error.message
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')
    .replace(/\.$/, '');
  const problem =
    error.code === 'commander.help'
      ? `\`${name}\` needs one of ${command.commands.map((each) => each.name()).join(', ')}`
      : `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
  return new AppError('USAGE', `${problem}; see \`${name} --help\`.`, { cause: error });
}
