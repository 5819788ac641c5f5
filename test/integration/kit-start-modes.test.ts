// How the set-up chooses and changes what keeps the agent running, with stand-ins for systemctl, loginctl and crontab.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kitPaths, unitName } from '../../devices/kit/on-device/kit-paths.ts';
import { startWays } from '../../devices/kit/on-device/start-modes.ts';
import { createLab, type Lab } from '../helpers/sshd.ts';

let lab: Lab;
let programs = '';
let root = '';
let children: ChildProcess[] = [];
let environment: NodeJS.ProcessEnv;

const program = (name: string, text: string) =>
  writeFile(join(programs, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
const lines = (name: string): string[] => readFileSync(join(lab.directory, name), 'utf8').split('\n').filter(Boolean);
const wayFor = (mode: string) => {
  const way = startWays(kitPaths(root)).find((each) => each.mode === mode);
  if (!way) throw new Error(`no way ${mode}`);
  return way;
};

beforeEach(async () => {
  environment = { ...process.env };
  lab = await createLab();
  programs = join(lab.directory, 'bin');
  root = join(lab.directory, 'home', "it's 100% here");
  await mkdir(programs);
  await mkdir(join(root, 'kit'), { recursive: true });
  process.env['PATH'] = `${programs}:/usr/bin:/bin`;
  process.env['HOME'] = join(lab.directory, 'home');
  delete process.env['LINESIDE_START_MODES'];
  await writeFile(join(root, 'kit', 'launch'), `#!/bin/sh\necho "$@" >> '${lab.directory}/launched'\n`);
});
afterEach(async () => {
  for (const child of children) child.kill();
  children = [];
  process.env = environment;
  await lab.close();
});

/** A process that is called `cron`, as the daemon is. */
async function runAsCron(): Promise<void> {
  await copyFile('/bin/sleep', join(programs, 'cron'));
  const child = spawn(join(programs, 'cron'), ['60'], { stdio: 'ignore' });
  children.push(child);
  await once(child, 'spawn');
}

describe('cron', () => {
  const ownTable = '# mine\n\n5 4 * * * backup  \n\n';
  beforeEach(async () => {
    const table = join(lab.directory, 'table');
    await writeFile(table, ownTable);
    await program('crontab', `if [ "$1" = -l ]; then cat '${table}'; else cat > '${table}'; fi`);
  });

  it('adds one marked line beside those of the user, and takes only that one back', async () => {
    await runAsCron();
    const way = wayFor('cron');
    expect(await way.obstacle()).toBeNull();
    expect(await way.start()).toBeNull();
    expect(await way.start()).toBeNull();
    const launch = join(root, 'kit', 'launch').replaceAll("'", `'\\''`).replaceAll('%', '\\%');
    const mark = `# lineside agent ${root}`.replaceAll('%', '\\%');
    expect(readFileSync(join(lab.directory, 'table'), 'utf8')).toBe(
      `${ownTable}@reboot '${launch}' daemonize >/dev/null 2>&1 ${mark}\n`,
    );
    expect(lines('launched')).toEqual(['daemonize', 'daemonize']);
    await way.forget();
    expect(readFileSync(join(lab.directory, 'table'), 'utf8')).toBe(ownTable);
  });

  it('is not open where crontab refuses the user', async () => {
    await runAsCron();
    await program('crontab', 'echo "You are not allowed to use this program (crontab)" >&2; exit 1');
    expect(await wayFor('cron').obstacle()).toContain('not allowed');
  });
});

describe('systemd', () => {
  const unitFile = () => join(lab.directory, 'home', '.config', 'systemd', 'user', unitName(root));
  beforeEach(async () => {
    process.env['XDG_RUNTIME_DIR'] = lab.directory;
    await program('systemctl', `echo "$@" >> '${lab.directory}/asked'; exit 0`);
    await program('loginctl', `[ "$1" = show-user ] && echo yes; exit 0`);
  });

  it('writes a unit that restarts the agent, enables it, and takes it back', async () => {
    const way = wayFor('systemd');
    expect(await way.obstacle()).toBeNull();
    expect(await way.start()).toBeNull();
    const unit = readFileSync(unitFile(), 'utf8');
    expect(unit).toContain('Restart=always');
    expect(unit).toContain(`ExecStart=/bin/sh "${join(root, 'kit', 'launch').replaceAll('%', '%%')}"`);
    const name = unitName(root);
    const steps = [
      '--user daemon-reload',
      `--user enable ${name}`,
      `--user restart ${name}`,
      `--user is-active ${name}`,
    ];
    expect(lines('asked').slice(1)).toEqual(steps);
    await way.forget();
    expect(existsSync(unitFile())).toBe(false);
    expect(lines('asked')).toContain(`--user disable --now ${name}`);
  });

  it('is not open without linger, without a user manager, or where the box forbids it', async () => {
    await program('loginctl', `[ "$1" = show-user ] && echo no; exit 0`);
    expect(await wayFor('systemd').obstacle()).toContain('linger');
    await program('systemctl', 'echo "Failed to connect to bus" >&2; exit 1');
    expect(await wayFor('systemd').obstacle()).toContain('user manager');
    process.env['XDG_RUNTIME_DIR'] = '';
    await rm(join(programs, 'systemctl'));
    expect(await wayFor('systemd').obstacle()).toContain('user manager');
    process.env['LINESIDE_START_MODES'] = 'detached';
    expect(startWays(kitPaths(root)).map((way) => way.mode)).toEqual(['detached']);
  });

  it('says what the unit answered when it does not start', async () => {
    await program('systemctl', '[ "$2" = restart ] && { echo "Job failed" >&2; exit 1; }; exit 0');
    expect(await wayFor('systemd').start()).toBe('Job failed');
  });
});
