// `npm start [-- --data-dir DIR]`: opens the desktop window, or serves the same app to the browser where there can be none.
import { join } from 'node:path';
import { findDesktop } from './desktop.ts';
import { ensureApp } from './ensure-app.ts';
import { ensureRenderer } from './ensure-renderer.ts';
import { repositoryRoot } from './paths.ts';
import { runProgram } from './run-program.ts';

const args = process.argv.slice(2);
const desktop = findDesktop(process.env, process.platform, process.getuid?.());

if ('electron' in desktop) {
  const [main] = await Promise.all([ensureApp(), ensureRenderer()]);
  // Electron's own switches take their value behind an equals sign.
  const switches = args.flatMap((arg, index) => {
    if (arg === '--data-dir') return [`--data-dir=${args[index + 1] ?? ''}`];
    return args[index - 1] === '--data-dir' ? [] : [arg];
  });
  process.exitCode = await runProgram(desktop.electron, [main, ...switches]);
} else {
  process.stdout.write(`No desktop window here (${desktop.missing}), so the browser shows the app.\n`);
  process.exitCode = await runProgram(process.execPath, [join(repositoryRoot, 'electron/hosts/serve.ts'), ...args]);
}
