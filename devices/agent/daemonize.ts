// Starts the agent in a session of its own, with a keeper that starts it again when it is killed, and waits until it answers.
import { spawn } from 'node:child_process';
import { closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { AGENT_ROUTES } from '../../shared/agent-protocol/messages.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import { type AgentFlags, formatAgentFlags } from './agent-flags.ts';
import { agentPaths, prepareAgentFolders } from './agent-paths.ts';
import { readLiveAgent } from './agent-record.ts';
import { requestAgent } from './agent-request.ts';
import { openLogFile } from './log-file.ts';

/**
 * What systemd does elsewhere: an agent that died by a signal is started again, one that ended by itself is not.
 * A kill that is meant leaves `run/stopped` first.
 */
const KEEPER = `
trap '' HUP
pause=1
while :; do
  "$@"
  code=$?
  [ "$code" -lt 128 ] && exit "$code"
  [ -e run/stopped ] && exit 0
  sleep "$pause"
  [ "$pause" -lt 30 ] && pause=$((pause * 2))
  [ -d run ] || exit 0
done`;

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

/**
 * `entry`: path of the agent's entry file. Returns the pid of the agent once its socket answers.
 * @throws IN_USE when one runs already, AGENT_START_FAILED with the last line of its log.
 */
export async function daemonize(flags: AgentFlags, entry: string): Promise<number> {
  const paths = agentPaths(flags.root);
  const running = readLiveAgent(paths);
  if (running !== null) {
    throw new AppError(
      'IN_USE',
      `An agent is already running for this root (process ${String(running.pid)}); stop it first.`,
    );
  }
  prepareAgentFolders(paths);
  const log = openLogFile(paths.log);
  rmSync(paths.stopped, { force: true });
  const agent = [process.execPath, ...process.execArgv, entry, ...formatAgentFlags(flags)];
  const child = spawn('/bin/sh', ['-c', KEEPER, 'lineside-keeper', ...agent], {
    cwd: flags.root,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const startError = await new Promise<Error | null>((resolve) => {
    child.once('spawn', () => resolve(null)).once('error', resolve);
  });
  if (startError !== null) throw startFailed(startError.message);
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw startFailed(lastLine(paths.log));
    const pid = await answeringAgent(paths.socket);
    if (pid !== null) {
      child.unref();
      return pid;
    }
    await delay(POLL_MS);
  }
  writeFileSync(paths.stopped, '');
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  throw startFailed(`it did not answer within ${String(START_TIMEOUT_MS / 1000)} s`);
}

/** The pid of the agent behind the socket; null while none answers. */
async function answeringAgent(socketPath: string): Promise<number | null> {
  try {
    const { status, text } = await requestAgent(socketPath, 'GET', AGENT_ROUTES.hello, 1000);
    const { pid } = JSON.parse(text) as { pid?: unknown };
    return status === 200 && typeof pid === 'number' ? pid : null;
  } catch {
    // Not listening yet; the loop around has the deadline.
    return null;
  }
}

function lastLine(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) ?? 'it left no log';
}

function startFailed(reason: string): AppError {
  return new AppError('AGENT_START_FAILED', `The agent could not be started: ${reason}.`, { details: { reason } });
}
