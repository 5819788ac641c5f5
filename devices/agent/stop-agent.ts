// Ends the agent of a root: asks it over its socket, then by signal, and waits until it is gone.
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { AGENT_ROUTES } from '../../shared/agent-protocol/messages.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import { agentPaths } from './agent-paths.ts';
import { readLiveAgent } from './agent-record.ts';
import { requestAgent } from './agent-request.ts';
import { isSameProcess, type ProcessIdentity } from './process-identity.ts';

const ASK_TIMEOUT_MS = 2_000;
/** The agent gives its worker 5 s to finish what is in flight. */
const GRACE_MS = 10_000;
const POLL_MS = 50;

/** Returns the pid of the agent that was ended, or null when none was running. @throws DEVICE_COMMAND_FAILED when it stays. */
export async function stopAgent(root: string): Promise<number | null> {
  const agent = readLiveAgent(agentPaths(root));
  if (agent === null) return null;
  const isAsked = await requestAgent(agent.socketPath, 'POST', AGENT_ROUTES.shutdown, ASK_TIMEOUT_MS).then(
    (answer) => answer.status === 200,
    () => false,
  );
  if (!isAsked) signal(agent, 'SIGTERM');
  if (await isGone(agent, GRACE_MS)) return agent.pid;
  // The keeper must not start it again.
  writeFileSync(agentPaths(root).stopped, '');
  signal(agent, 'SIGKILL');
  if (await isGone(agent, GRACE_MS)) return agent.pid;
  throw new AppError(
    'DEVICE_COMMAND_FAILED',
    `The agent (process ${String(agent.pid)}) does not end, not even when killed.`,
  );
}

function signal(agent: ProcessIdentity, name: NodeJS.Signals): void {
  if (isSameProcess(agent)) process.kill(agent.pid, name);
}

async function isGone(agent: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if (!isSameProcess(agent)) return true;
    await delay(POLL_MS);
  }
  return false;
}
