// The `lineside` command: sub-commands over the backend in this process, documented exit codes, --json everywhere.
import { Command, CommanderError } from 'commander';
import { LINESIDE_VERSION } from '../../shared/domain/versions.ts';
import { addBundleCommands } from './cli/bundle-commands.ts';
import { addDeviceCommands } from './cli/device-commands.ts';
import { addModelCommands } from './cli/model-commands.ts';
import { addRolloutCommands } from './cli/rollout-commands.ts';
import { addServeCommand } from './cli/serve-command.ts';
import { isJsonWanted, reportError } from './cli/session.ts';

const EXIT_CODES = `
Exit codes: 0 done, 1 the check said no, 2 wrong usage, 3 the input was bad, 4 device or network, 5 cancelled, 70 a fault of Lineside.`;

function createProgram(): Command {
  const program = new Command('lineside')
    .description('Benchmark ONNX models, pack them into signed bundles, roll them out over SSH and watch them run.')
    .version(LINESIDE_VERSION)
    // So that `model import --version 2` means the model's version.
    .enablePositionalOptions()
    .addHelpText('after', EXIT_CODES);
  addModelCommands(program);
  addBundleCommands(program);
  addDeviceCommands(program);
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
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

async function main(argv: readonly string[]): Promise<number> {
  const isJson = isJsonWanted(argv);
  const program = createProgram();
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) return reportError(thrown, isJson);
    if (thrown.exitCode === 0) return 0;
    return reportUsage(thrown, isJson);
  }
}

/** commander's own words, as one line with our exit code. */
function reportUsage(error: CommanderError, isJson: boolean): number {
  const isHelp = error.code === 'commander.help';
  const message = isHelp
    ? 'Say what to do; `lineside --help` lists the commands.'
    : error.message.replace(/^error: /, '').replace(/\n/g, ' ');
  if (isJson) process.stderr.write(`${JSON.stringify({ error: { code: 'USAGE', message, details: {} } })}\n`);
  else process.stderr.write(`lineside: ${message} [USAGE]\n`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
