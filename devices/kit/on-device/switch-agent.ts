// Puts the new kit into service: the old agent is ended, the new one started and heard, or else the old one is back.
import { rm } from 'node:fs/promises';
import type { AgentHello } from '../../../shared/agent-protocol/messages.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { readOrNull, writeDurable } from './durable-file.ts';
import type { KitPaths } from './kit-paths.ts';
import { launchScript } from './launch-script.ts';
import { askRunningAgent, awaitAgent, stopRunningAgent } from './running-agent.ts';
import type { SetupPlan, StartMode } from './setup-plan.ts';
import { lastLogLine, type StartWay, startWays } from './start-modes.ts';

const answerLimitMs = 30_000;

interface Installed {
  readonly kitId: string;
  readonly startMode: StartMode;
  readonly partIds: readonly string[];
}

/** What the last successful set-up left; null before the first. */
export async function readInstalled(paths: KitPaths): Promise<Installed | null> {
  const text = await readOrNull(paths.installed);
  try {
    return text === null ? null : (JSON.parse(text) as Installed);
  } catch {
    // Unreadable: as if nothing were installed; the set-up writes it anew.
    return null;
  }
}

/** Ends what runs and what would come back at the next boot. */
async function clear(paths: KitPaths, ways: readonly StartWay[]): Promise<void> {
  for (const way of ways) await way.forget();
  await stopRunningAgent(paths);
}

async function startNew(
  paths: KitPaths,
  plan: SetupPlan,
  ways: readonly StartWay[],
): Promise<{ agent: AgentHello; mode: StartMode } | { reasons: string[] }> {
  const reasons: string[] = [];
  for (const way of ways) {
    if (plan.startMode !== 'auto' && way.mode !== plan.startMode) continue;
    const obstacle = await way.obstacle();
    if (obstacle !== null) {
      reasons.push(`${way.mode}: ${obstacle}`);
      continue;
    }
    await writeDurable(paths.launch, launchScript(paths, plan.parts, plan.kitId, way.mode), 0o700);
    const problem = await way.start();
    const agent = problem === null ? await awaitAgent(paths.root, plan.kitId, answerLimitMs) : null;
    if (agent) return { agent, mode: way.mode };
    reasons.push(`${way.mode}: ${problem ?? (await lastLogLine(paths.root)) ?? 'the agent does not answer'}`);
    await clear(paths, [way]);
  }
  return { reasons };
}

/**
 * The running agent when it is already the wanted one, else the new one.
 * @throws AGENT_START_FAILED, with the old agent running again; DEVICE_COMMAND_FAILED when the old one does not end
 */
export async function switchAgent(paths: KitPaths, plan: SetupPlan): Promise<{ agent: AgentHello; mode: StartMode }> {
  const ways = startWays(paths);
  const oldLaunch = await readOrNull(paths.launch);
  const installed = await readInstalled(paths);
  const running = await askRunningAgent(paths.root);
  const isWantedMode = (mode: StartMode) => plan.startMode === 'auto' || plan.startMode === mode;
  if (
    running &&
    installed &&
    running.kitId === plan.kitId &&
    installed.kitId === plan.kitId &&
    isWantedMode(running.startMode)
  ) {
    return { agent: running, mode: running.startMode };
  }
  if (plan.startMode !== 'auto' && !ways.some((way) => way.mode === plan.startMode)) {
    throw new AppError('DEVICE_UNSUPPORTED', `The device does not allow the start mode ${plan.startMode}; use auto.`);
  }
  await clear(paths, ways);
  const outcome = await startNew(paths, plan, ways);
  if ('agent' in outcome) {
    const record: Installed = {
      kitId: plan.kitId,
      startMode: outcome.mode,
      partIds: plan.parts.map((part) => part.id),
    };
    await writeDurable(paths.installed, `${JSON.stringify(record)}\n`, 0o600);
    return outcome;
  }
  const isOldBack = await restoreOld(paths, oldLaunch, installed, ways);
  const after =
    installed === null
      ? ''
      : isOldBack
        ? ' The old agent runs again.'
        : ' The old agent could not be started again either.';
  throw new AppError('AGENT_START_FAILED', `The agent could not be started (${outcome.reasons.join('; ')}).${after}`, {
    details: { reasons: outcome.reasons, isOldBack },
  });
}

async function restoreOld(
  paths: KitPaths,
  oldLaunch: string | null,
  installed: Installed | null,
  ways: readonly StartWay[],
): Promise<boolean> {
  if (oldLaunch === null || installed === null) {
    await rm(paths.launch, { force: true });
    return false;
  }
  await writeDurable(paths.launch, oldLaunch, 0o700);
  const way = ways.find((each) => each.mode === installed.startMode);
  if (!way || (await way.start()) !== null) return false;
  return (await awaitAgent(paths.root, installed.kitId, answerLimitMs)) !== null;
}
