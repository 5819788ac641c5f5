// Asks the agent that runs for a root who it is, and ends it.
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AGENT_ROUTES, type AgentHello, agentHelloSchema } from '../../../shared/agent-protocol/messages.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { readOrNull } from './durable-file.ts';
import type { KitPaths } from './kit-paths.ts';
import { runProgram } from './run-program.ts';

const askLimitMs = 2000;
const stopLimitMs = 15_000;

interface AgentRecord {
  readonly pid: number;
  readonly socketPath: string;
}

async function readRecord(root: string): Promise<AgentRecord | null> {
  const text = await readOrNull(join(root, 'run', 'agent.json'));
  if (text === null) return null;
  try {
    const { pid, socketPath } = JSON.parse(text) as Partial<AgentRecord>;
    return typeof pid === 'number' && typeof socketPath === 'string' ? { pid, socketPath } : null;
  } catch {
    // Half a record is what an old agent left at a power cut; no agent runs on it.
    return null;
  }
}

/** True when this process runs for the root; a pid alone may have been given to someone else since. */
function isAgentProcess(pid: number, root: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(root);
  } catch {
    return false;
  }
}

function ask(socketPath: string): Promise<AgentHello | null> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: AGENT_ROUTES.hello, timeout: askLimitMs }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', () => resolve(null));
      response.on('end', () => {
        try {
          resolve(agentHelloSchema.parse(JSON.parse(text)));
        } catch {
          // An agent of another version: it has to be replaced whatever it says.
          resolve(null);
        }
      });
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(null));
    asked.end();
  });
}

/** The hello of the agent that runs for this root, or null. */
export async function askRunningAgent(root: string): Promise<AgentHello | null> {
  const record = await readRecord(root);
  return record !== null && isAgentProcess(record.pid, root) ? await ask(record.socketPath) : null;
}

/** Waits until the agent of this kit answers; null when it does not in time. */
export async function awaitAgent(root: string, kitId: string, limitMs: number): Promise<AgentHello | null> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const hello = await askRunningAgent(root);
    if (hello?.kitId === kitId) return hello;
    if (performance.now() > deadline) return null;
    await sleep(50);
  }
}

/**
 * Ends the agent of the root: by its own `stop`, else by signals.
 * @throws DEVICE_COMMAND_FAILED when it stays
 */
export async function stopRunningAgent(paths: KitPaths): Promise<void> {
  const record = await readRecord(paths.root);
  if (record === null || !isAgentProcess(record.pid, paths.root)) return;
  await runProgram('/bin/sh', [paths.launch, 'stop']);
  const deadline = performance.now() + stopLimitMs;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isAgentProcess(record.pid, paths.root)) return;
    process.kill(record.pid, signal);
    while (performance.now() < deadline && isAgentProcess(record.pid, paths.root)) await sleep(50);
  }
  if (isAgentProcess(record.pid, paths.root)) {
    throw new AppError(
      'DEVICE_COMMAND_FAILED',
      `The old agent (process ${record.pid}) does not end; restart the device and try again.`,
    );
  }
}
