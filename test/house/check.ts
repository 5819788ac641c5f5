/**
 * The one command before every commit: format, lint, type-checks, unused code, unit and contract tests, two at a time.
 * Usage: check.ts [--no-tests] [STEP]...; a STEP names a step or the part of its name before the colon.
 * Prints one line a step, then the whole output of every step that failed. Exit code 1 when one did.
 */
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { repositoryRoot } from './vehicles.ts';

interface Step {
  name: string;
  command: readonly string[];
}

interface Outcome {
  step: Step;
  hasPassed: boolean;
  output: string;
}

const atOnce = 2;
const typeCheckedFolders = ['shared', 'devices', 'electron', 'electron/preload', 'renderer', 'test'];

/** The long ones first, so that the short ones fill the gaps. */
const allSteps: readonly Step[] = [
  { name: 'lint', command: ['eslint', '-c', 'test/house/eslint.config.js', '--max-warnings', '0', '.'] },
  {
    name: 'tests',
    command: ['node', 'test/house/run-tests.ts', '--suite', 'unit', '--suite', 'contract'],
  },
  ...typeCheckedFolders.map((folder) => ({
    name: `types:${folder}`,
    command: ['tsc', '-p', folder, '--noEmit', '--pretty', 'false'],
  })),
  { name: 'unused', command: ['knip', '--config', 'test/house/knip.json', '--no-progress'] },
  { name: 'format', command: ['biome', 'check', '--config-path', 'test/house', '.'] },
];

const binaries = join(repositoryRoot, 'node_modules/.bin');
const environment = { ...process.env, PATH: `${binaries}${delimiter}${process.env['PATH'] ?? ''}` };

/** Runs one step to its end; a program that cannot be started is a step that failed. */
function runStep(step: Step): Promise<Outcome> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const [file = '', ...args] = step.command;
    const child = spawn(file, args, { cwd: repositoryRoot, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const finish = (hasPassed: boolean, note = ''): void => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      process.stdout.write(`${hasPassed ? 'ok    ' : 'FAILED'} ${step.name.padEnd(22)} ${seconds.padStart(5)} s\n`);
      resolve({ step, hasPassed, output: `${Buffer.concat(chunks).toString('utf8')}${note}` });
    };
    child.on('error', (error) => finish(false, `${error.message}\n`));
    child.on('close', (code, signal) => finish(code === 0, signal === null ? '' : `ended by ${signal}\n`));
  });
}

async function runAll(steps: readonly Step[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = steps.values();
  const lane = async (): Promise<void> => {
    for (const step of waiting) outcomes.push(await runStep(step));
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return outcomes;
}

async function main(): Promise<number> {
  const names = process.argv.slice(2).filter((argument) => argument !== '--no-tests');
  const isNamed = (step: Step, name: string): boolean => step.name === name || step.name.startsWith(`${name}:`);
  const unknown = names.find((name) => !allSteps.some((step) => isNamed(step, name)));
  if (unknown !== undefined) {
    process.stderr.write(`There is no step '${unknown}'; there are ${allSteps.map(({ name }) => name).join(', ')}.\n`);
    return 2;
  }
  const steps = allSteps
    .filter((step) => names.length === 0 || names.some((name) => isNamed(step, name)))
    .filter((step) => step.name !== 'tests' || !process.argv.includes('--no-tests'));
  const startedAt = performance.now();
  const outcomes = await runAll(steps);
  const failed = outcomes.filter(({ hasPassed }) => !hasPassed);
  for (const { step, output } of failed) process.stdout.write(`\n── ${step.name} ──\n${output.trimEnd()}\n`);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const verdict = failed.length === 0 ? 'passed' : `failed in ${failed.map(({ step }) => step.name).join(', ')}`;
  process.stdout.write(`\ncheck ${verdict} after ${seconds} s\n`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main();
