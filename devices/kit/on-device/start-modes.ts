// The three ways to keep the agent running without root: systemd user unit with linger, cron's @reboot, or detached only.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readOrNull, writeDurable } from './durable-file.ts';
import { cronMark, type KitPaths, unitName } from './kit-paths.ts';
import { lastWord, runProgram } from './run-program.ts';
import type { StartMode } from './setup-plan.ts';

export interface StartWay {
  readonly mode: StartMode;
  /** Why this way is not open here, or null. Changes nothing but linger, which it has to try. */
  obstacle(): Promise<string | null>;
  /** Starts the agent through `kit/launch`; returns why it did not, or null. */
  start(): Promise<string | null>;
  /** Takes back what `start` left for the next boot; safe when there is nothing. */
  forget(): Promise<void>;
}

/** The login may lack the variable that systemctl needs although the user manager runs. Set but empty means: do not use it. */
function systemdEnvironment(): NodeJS.ProcessEnv {
  const usual = `/run/user/${process.getuid?.() ?? ''}`;
  const isUnset = process.env['XDG_RUNTIME_DIR'] === undefined;
  return isUnset && existsSync(usual) ? { ...process.env, XDG_RUNTIME_DIR: usual } : process.env;
}

/** One argument of ExecStart (systemd.service(5), COMMAND LINES). */
function unitQuote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
}

function systemdWay(paths: KitPaths): StartWay {
  const unit = unitName(paths.root);
  const file = join(process.env['HOME'] || homedir(), '.config', 'systemd', 'user', unit);
  const environment = systemdEnvironment();
  const systemctl = (...words: string[]) => runProgram('systemctl', ['--user', ...words], { environment });
  const text = `[Unit]
Description=Lineside agent of ${paths.root}
StartLimitIntervalSec=0

[Service]
ExecStart=/bin/sh ${unitQuote(paths.launch)}
Restart=always
RestartSec=1

[Install]
WantedBy=default.target
`;
  return {
    mode: 'systemd',
    async obstacle() {
      if (environment['XDG_RUNTIME_DIR'] === '') return 'no systemd user manager';
      const answer = await systemctl('show-environment');
      if (answer.code !== 0) return 'no systemd user manager';
      // Without linger the user manager, and with it the agent, ends when the last login ends.
      const user = String(process.getuid?.() ?? '');
      await runProgram('loginctl', ['enable-linger'], { environment });
      const linger = await runProgram('loginctl', ['show-user', user, '--property=Linger', '--value'], { environment });
      return linger.stdout.trim() === 'yes' ? null : 'linger is not allowed for this user';
    },
    async start() {
      await writeDurable(file, text, 0o644);
      for (const words of [['daemon-reload'], ['enable', unit], ['restart', unit]]) {
        const answer = await systemctl(...words);
        if (answer.code !== 0) return lastWord(answer);
      }
      const state = await systemctl('is-active', unit);
      return state.code === 0 ? null : `the unit is ${state.stdout.trim()}`;
    },
    async forget() {
      if (!existsSync(file)) return;
      await systemctl('disable', '--now', unit);
      await rm(file, { force: true });
      await systemctl('daemon-reload');
    },
  };
}

function isCronRunning(): boolean {
  return readdirSync('/proc').some((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      return /^(cron|crond|fcron)$/.test(readFileSync(`/proc/${entry}/comm`, 'utf8').trim());
    } catch {
      // Gone meanwhile.
      return false;
    }
  });
}

async function daemonize(paths: KitPaths): Promise<string | null> {
  const answer = await runProgram('/bin/sh', [paths.launch, 'daemonize']);
  return answer.code === 0 ? null : lastWord(answer);
}

function cronWay(paths: KitPaths): StartWay {
  // In a crontab, % ends the command unless it is escaped.
  const mark = cronMark(paths.root).replaceAll('%', '\\%');
  const command = `'${paths.launch.replaceAll("'", `'\\''`)}' daemonize >/dev/null 2>&1 `.replaceAll('%', '\\%') + mark;
  /** The user's own lines, byte for byte. */
  const otherLines = (table: string): string =>
    (table.match(/[^\n]*\n|[^\n]+$/g) ?? []).filter((line) => !line.trimEnd().endsWith(mark)).join('');
  const readTable = async (): Promise<string | null> => {
    const answer = await runProgram('crontab', ['-l']);
    if (answer.code === 0) return answer.stdout;
    return /no crontab/i.test(answer.stderr) ? '' : null;
  };
  const writeTable = (table: string) => runProgram('crontab', ['-'], { input: table });
  return {
    mode: 'cron',
    async obstacle() {
      if (!isCronRunning()) return 'no cron is running';
      return (await readTable()) === null ? 'crontab is not allowed for this user' : null;
    },
    async start() {
      const kept = otherLines((await readTable()) ?? '');
      const answer = await writeTable(`${kept}${kept === '' || kept.endsWith('\n') ? '' : '\n'}@reboot ${command}\n`);
      return answer.code === 0 ? await daemonize(paths) : lastWord(answer);
    },
    async forget() {
      const table = await readTable();
      if (table === null || !table.includes(mark)) return;
      await writeTable(otherLines(table));
    },
  };
}

function detachedWay(paths: KitPaths): StartWay {
  return {
    mode: 'detached',
    obstacle: () => Promise.resolve(null),
    start: () => daemonize(paths),
    forget: () => Promise.resolve(),
  };
}

/** All ways, best first. LINESIDE_START_MODES may name the only ones that a box allows (simulated boxes do). */
export function startWays(paths: KitPaths): StartWay[] {
  const ways = [systemdWay(paths), cronWay(paths), detachedWay(paths)];
  const allowed = process.env['LINESIDE_START_MODES']?.split(',');
  return allowed ? ways.filter((way) => allowed.includes(way.mode)) : ways;
}

/** Last lines of the agent's own log, for the reason of a failed start. */
export async function lastLogLine(root: string): Promise<string | null> {
  const text = await readOrNull(join(root, 'var', 'agent.log'));
  return text?.trimEnd().split('\n').at(-1)?.slice(0, 300) || null;
}
