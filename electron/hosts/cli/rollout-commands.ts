// `lineside deploy` and `lineside rollout …`.
import type { Command } from 'commander';
import type { Rollout, RolloutDevice, RolloutPlan } from '../../../shared/contract/rollouts.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { formatBytes, formatMs, formatTime } from './format.ts';
import { nonNegativeInteger, nonNegativeNumber } from './parse.ts';
import { runSession, type Session } from './session.ts';
import { formatTable } from './terminal.ts';

interface DeployOptions {
  readonly to: string;
  readonly canary?: number;
  readonly soak?: number;
  readonly maxFailed?: number;
  readonly dryRun?: boolean;
}

export function addRolloutCommands(program: Command): void {
  program
    .command('deploy')
    .description('roll a bundle out to devices: canary first, back by itself when it is not good')
    .argument('<bundle>', 'name, name:version or digest')
    .requiredOption('--to <selector>', 'all, names, or labels as site=a,role!=test')
    .option('--canary <n>', 'devices that go first (default: 1 of several)', nonNegativeInteger)
    .option('--soak <seconds>', 'how long to watch the canaries (default: 5)', nonNegativeNumber)
    .option('--max-failed <n>', 'failed devices that are borne (default: 0)', nonNegativeInteger)
    .option('--dry-run', 'only say what would be sent where')
    .action((bundleRef: string, options: DeployOptions, command: Command) =>
      runSession(command, async (session) => {
        const request = { bundleRef, selector: options.to, canary: options.canary };
        if (options.dryRun === true)
          printPlan(session.terminal, await session.client.rollouts.plan(request, { signal: session.signal }));
        else {
          const { rolloutId } = await session.client.rollouts.start({
            ...request,
            soakS: options.soak,
            maxFailed: options.maxFailed,
          });
          const rollout = await followRollout(session, rolloutId);
          session.terminal.json(rollout);
          printRollout(session.terminal, rollout);
          throwUnlessGood(rollout);
        }
      }),
    );

  const rollout = program.command('rollout').description('rollouts, running and past');
  rollout
    .command('list')
    .description('all rollouts, newest first')
    .action((_options: object, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const rollouts = await client.rollouts.list();
        terminal.json(rollouts);
        if (rollouts.length === 0)
          terminal.line('No rollouts yet: start one with `lineside deploy BUNDLE --to SELECTOR`.');
        else {
          terminal.table(
            ['rollout', 'bundle', 'to', 'state', 'started', 'result'],
            rollouts.map((entry) => [
              entry.id.slice(0, 8),
              `${entry.bundle.name}:${entry.bundle.version}`,
              entry.selector,
              entry.state,
              formatTime(entry.startedAtMs),
              entry.summary,
            ]),
          );
        }
      }),
    );
  rollout
    .command('show')
    .description('one rollout, device by device')
    .argument('<id>')
    .action((rolloutId: string, _options: object, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const found = await client.rollouts.get({ rolloutId });
        terminal.json(found);
        printRollout(terminal, found);
      }),
    );
  rollout
    .command('abort')
    .description('stop a rollout that runs in this data folder')
    .argument('<id>')
    .action((rolloutId: string, _options: object, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const ended = await client.rollouts.abort({ rolloutId });
        terminal.json(ended);
        printRollout(terminal, ended);
      }),
    );
}

/** Shows a rollout live up to its end; Ctrl-C aborts it, and the devices keep or get back their old release. */
export async function followRollout({ client, terminal, signal }: Session, rolloutId: string): Promise<Rollout> {
  let last: Rollout | null = null;
  const abort = (): void => {
    // How it ended shows in the stream.
    client.rollouts.abort({ rolloutId }).catch(() => undefined);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    for await (const rollout of await client.rollouts.watch({ rolloutId })) {
      last = rollout;
      terminal.live([`${rollout.state}: ${rollout.summary}`, ...deviceTable(rollout.devices).trimEnd().split('\n')]);
    }
  } finally {
    signal.removeEventListener('abort', abort);
    terminal.settle();
  }
  return last ?? client.rollouts.get({ rolloutId });
}

function deviceTable(devices: readonly RolloutDevice[]): string {
  return formatTable(
    ['device', 'state', 'phase', 'sent', 'golden', 'p95 there>'],
    devices.map((entry) => [
      entry.isCanary ? `${entry.device} (canary)` : entry.device,
      entry.state,
      entry.phase ?? '–',
      entry.bytesTotal === 0 ? '–' : `${formatBytes(entry.bytesSent)} of ${formatBytes(entry.bytesTotal)}`,
      entry.golden === null
        ? '–'
        : entry.golden.mismatches === 0
          ? `${entry.golden.cases} ok`
          : `${entry.golden.mismatches} values off`,
      formatMs(entry.golden?.latencyP95Ms ?? null),
    ]),
  );
}

function printRollout(terminal: Session['terminal'], rollout: Rollout): void {
  terminal.line(
    `Rollout ${rollout.id.slice(0, 8)} of ${rollout.bundle.name}:${rollout.bundle.version} to ${rollout.selector}: ${rollout.state}.`,
  );
  terminal.line(deviceTable(rollout.devices).trimEnd());
  for (const entry of rollout.devices)
    if (entry.error) terminal.line(`${entry.device}: ${entry.error.message} [${entry.error.code}]`);
  terminal.line(rollout.summary);
}

/** The exit code's reason: failed devices 1, only unreachable or left-out ones 4. */
function throwUnlessGood(rollout: Rollout): void {
  const bad = rollout.devices.filter(({ state }) => state === 'failed' || state === 'rolled-back');
  const away = rollout.devices.filter(({ state }) => state === 'unreachable' || state === 'excluded');
  const details = { rollout: rollout.id, state: rollout.state };
  if (rollout.state === 'aborted')
    throw new AppError('CANCELLED', 'The rollout was aborted; devices that had not switched keep their old release.', {
      details,
    });
  if (rollout.state === 'halted') {
    throw new AppError(
      'ROLLOUT_HALTED',
      `The rollout was halted: ${bad.map(({ device }) => device).join(', ')} refused the new release and ${bad.length === 1 ? 'goes' : 'go'} on with the old one.`,
      { details },
    );
  }
  if (bad.length > 0)
    throw new AppError(
      'ROLLOUT_FAILED',
      `The new release was not good on ${bad.map(({ device }) => device).join(', ')}; the old one goes on there.`,
      { details },
    );
  if (away.length > 0)
    throw new AppError(
      'DEVICE_UNREACHABLE',
      `Not reached: ${away.map(({ device }) => device).join(', ')}; deploy again when they are there.`,
      { details },
    );
}

function printPlan(terminal: Session['terminal'], plan: RolloutPlan): void {
  terminal.json(plan);
  terminal.line(`${plan.bundle.name}:${plan.bundle.version}, ${formatBytes(plan.bundle.sizeBytes)}. Nothing was sent.`);
  terminal.table(
    ['device', 'included', 'serves now', 'to send>', 'objects>', 'free disk>', 'note'],
    plan.devices.map((entry) => [
      entry.isCanary ? `${entry.device} (canary)` : entry.device,
      entry.isIncluded ? 'yes' : 'no',
      entry.fromRelease ?? '–',
      entry.bytesToSend === null ? '–' : formatBytes(entry.bytesToSend),
      entry.objectsToSend === null ? '–' : String(entry.objectsToSend),
      entry.freeBytes === null ? '–' : formatBytes(entry.freeBytes),
      entry.note ?? '',
    ]),
  );
}
