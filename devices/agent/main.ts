// Entry of the program on the device: runs the agent, starts it detached, bridges to it, or stops it.
import { fileURLToPath } from 'node:url';
import { toAppError } from '../../shared/errors/app-error.ts';
import { type AgentFlags, parseAgentFlags } from './agent-flags.ts';
import { bridgeToAgent } from './connect-bridge.ts';
import { daemonize } from './daemonize.ts';
import { createLog } from './log.ts';
import { writeLogLine } from './log-file.ts';
import { runAgent } from './run-agent.ts';
import { stopAgent } from './stop-agent.ts';

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function execute(flags: AgentFlags): Promise<void> {
  switch (flags.command) {
    case 'run':
      return await runUntilSignal(flags);
    case 'daemonize':
      return print(
        `The agent is running as process ${String(await daemonize(flags, fileURLToPath(import.meta.url)))}.`,
      );
    case 'connect':
      return await bridgeToAgent(flags.root);
    case 'stop': {
      const pid = await stopAgent(flags.root);
      return print(pid === null ? 'No agent was running.' : `The agent (process ${String(pid)}) has stopped.`);
    }
  }
}

async function runUntilSignal(flags: AgentFlags): Promise<void> {
  const log = createLog(writeLogLine);
  const agent = await runAgent(flags, { log, sysRoot: '' });
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => void agent.close());
  await agent.closed;
}

try {
  await execute(parseAgentFlags(process.argv.slice(2)));
  process.exit(0);
} catch (error) {
  const failure = toAppError(error);
  writeLogLine(`${failure.message}\n`);
  if (failure.code === 'INTERNAL' && error instanceof Error) writeLogLine(`${error.stack ?? ''}\n`);
  process.exit(1);
}
