/**
 * Runs the test suites and ends with the plain line `N passed, N failed, N skipped`.
 * Usage: run-tests.ts [--suite NAME]... [--no-build] [vitest arguments]; without --suite, all of them.
 * Exit code: 0 only when at least one test passed and none failed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCounts } from './summary-reporter.ts';
import {
  electronSuiteObstacle,
  findDockerRegistry,
  findElectron,
  findOnPath,
  findSkopeo,
  repositoryRoot,
  webSuiteObstacle,
} from './vehicles.ts';

const allSuites = ['unit', 'contract', 'integration', 'web', 'electron'];
/** These drive what `npm run build` makes. */
const suitesOfBuiltThings = ['web', 'electron'];

interface Request {
  suites: string[];
  isBuildWanted: boolean;
  vitestArguments: string[];
}

function readRequest(argv: readonly string[]): Request {
  const suites: string[] = [];
  const vitestArguments: string[] = [];
  let isBuildRefused = false;
  const rest = argv.values();
  for (const argument of rest) {
    if (argument === '--suite') suites.push(rest.next().value ?? '');
    else if (argument === '--no-build') isBuildRefused = true;
    else vitestArguments.push(argument);
  }
  const wanted = suites.length > 0 ? suites : allSuites;
  const files = vitestArguments.filter((argument) => argument.startsWith('test/'));
  const areBuiltThingsDriven =
    wanted.some((suite) => suitesOfBuiltThings.includes(suite)) &&
    (files.length === 0 || files.some((file) => !/^test\/(?:unit|contract)\b/.test(file)));
  return { suites: wanted, isBuildWanted: areBuiltThingsDriven && !isBuildRefused, vitestArguments };
}

/** Runs a program in the repository root with our own standard streams; resolves to its exit code. */
function runProgram(file: string, args: string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: repositoryRoot, env: { ...process.env, ...env }, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

/** The command that gives a display to a run that drives a window, or none where one is there or none can be had. */
function displayCommand(suites: readonly string[]): string[] {
  const isWanted = suites.includes('electron') && 'path' in findElectron() && !process.env['DISPLAY'];
  const xvfb = isWanted && findOnPath('xauth') !== undefined ? findOnPath('xvfb-run') : undefined;
  return xvfb === undefined ? [] : [xvfb, '-a', '-s', '-screen 0 1440x900x24 -nolisten tcp'];
}

function skipReasons(suites: readonly string[], hasDisplay: boolean): string[] {
  const web = suites.includes('web') ? webSuiteObstacle() : undefined;
  const electron = suites.includes('electron') ? electronSuiteObstacle(hasDisplay) : undefined;
  return [
    ...(web === undefined ? [] : [`The web suite was skipped: ${web}.`]),
    ...(electron === undefined ? [] : [`The electron suite was skipped: ${electron}.`]),
    ...(suites.includes('integration') ? [findDockerRegistry(), findSkopeo()] : []).flatMap((peer) =>
      'missing' in peer ? [`Tests of registries were skipped: ${peer.missing}.`] : [],
    ),
  ];
}

function readCounts(path: string): TestCounts | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as TestCounts;
  } catch {
    return undefined; // vitest ended before it had anything to count
  }
}

/** Runs vitest once over the suites; resolves to its counts and the exit code of the whole. */
async function runSuites({ suites, vitestArguments }: Request): Promise<{ counts: TestCounts; code: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-tests-'));
  const countsPath = join(folder, 'counts.json');
  try {
    const vitest = join(repositoryRoot, 'node_modules/vitest/vitest.mjs');
    const command = [
      ...displayCommand(suites),
      process.execPath,
      vitest,
      ...['run', '--config', 'test/vitest.config.ts'],
      ...suites.flatMap((suite) => ['--project', suite]),
      ...vitestArguments,
    ];
    const [file = process.execPath, ...args] = command;
    const code = await runProgram(file, args, { LINESIDE_TEST_COUNTS: countsPath });
    const counts = readCounts(countsPath) ?? { passed: 0, failed: 1, skipped: 0 };
    if (code !== 0 && counts.failed === 0) counts.failed = 1;
    return { counts, code: counts.failed > 0 ? Math.max(code, 1) : code };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const request = readRequest(process.argv.slice(2));
  const unknown = request.suites.find((suite) => !allSuites.includes(suite));
  if (unknown !== undefined) {
    process.stderr.write(`There is no suite '${unknown}'; there are ${allSuites.join(', ')}.\n`);
    return 2;
  }
  process.on('SIGINT', () => {}); // the children get it too and end in order; their end is ours
  const isBuilt = !request.isBuildWanted || (await runProgram(process.execPath, ['electron/build/build.ts'])) === 0;
  const suites = isBuilt ? request.suites : request.suites.filter((suite) => !suitesOfBuiltThings.includes(suite));
  const nothing = { counts: { passed: 0, failed: 0, skipped: 0 }, code: 1 };
  const { counts, code } = suites.length > 0 ? await runSuites({ ...request, suites }) : nothing;
  const reasons = skipReasons(suites, displayCommand(suites).length > 0);
  if (!isBuilt) {
    counts.failed += 1;
    reasons.push(`The build failed, so the suites ${suitesOfBuiltThings.join(' and ')} could not run.`);
  }
  if (counts.passed + counts.failed === 0) reasons.push('No test ran, which is not a success.');
  for (const reason of reasons) process.stdout.write(`${reason}\n`);
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  return counts.passed === 0 || counts.failed > 0 ? Math.max(code, 1) : code;
}

process.exitCode = await main();
