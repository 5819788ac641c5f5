// Entry of the `lineside` command: keeps compiled code between runs, then hands over; what is imported before that is not kept.
import { keepCompiledCode } from './compile-cache.ts';

keepCompiledCode();
const { runCli } = await import('./cli/run-cli.ts');
process.exitCode = await runCli(process.argv.slice(2));
