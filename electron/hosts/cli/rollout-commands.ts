// `lineside deploy`, `lineside rollout …` and `lineside rollback`.
import type { Command } from 'commander';
import type { Rollout, RolloutDevice, RolloutPlan } from '../../../shared/contract/rollouts.ts';
import { formatBytes, formatMs } from '../../../shared/domain/quantities.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { ERROR_EXIT_CODES, type ErrorCode, isErrorCode } from '../../../shared/errors/codes.ts';
import { formatTime } from './format.ts';
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

const DEPLOY_HELP = `
Every device gets the bundle first and tries it beside the old release: signature, golden
outputs, latency. Then the canaries switch and are watched, then the rest. A device on which
the bundle is not good keeps its old release, or goes back to it by itself. Ctrl-C takes
everything back that has not been confirmed. Deploy again after an interruption: what has
arrived is not sent twice.

Selectors: all | NAME[,NAME…] | KEY=VALUE | KEY!=VALUE, joined by commas; labels must all hold.

Examples:
  lineside deploy digits:2.0.0 --to all --dry-run
  lineside deploy digits:2.0.0 --to site=hall-3,role!=test --canary 2 --soak 60`;

export function addRolloutCommands(program: Command): void {
  program
    .command('deploy')
    .description('roll a bundle out to devices: canary first, back by itself when it is not good')
    .argument('<bundle>', 'name, name:version or digest')
    .requiredOption('--to <selector>', 'all, names, or labels; see below')
    .option('--canary <n>', 'devices that switch first (default: 1 of several)', nonNegativeInteger)
    .option('--soak <seconds>', 'how long to watch the canaries before the rest switch (default: 5)', nonNegativeNumber)
    .option('--max-failed <n>', 'go on as long as no more devices than this failed (default: 0)', nonNegativeInteger)
    .option('--dry-run', 'only say what would be sent where')
    .addHelpText('after', DEPLOY_HELP)
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
    .argument('<id>', 'as `rollout list` shows it')
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
    .argument('<id>', 'as `rollout list` shows it')
    .action((rolloutId: string, _options: object, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const ended = await client.rollouts.abort({ rolloutId });
        terminal.json(ended);
        printRollout(terminal, ended);
      }),
    );

  program
    .command('rollback')
    .description('put one device back on its previous release')
    .argument('<device>', 'name in the fleet')
    .action((name: string, _options: object, command: Command) =>
      runSession(command, async ({ client, terminal, signal }) => {
        const answer = await client.rollouts.rollback({ name }, { signal });
        terminal.json(answer);
        terminal.line(`${name} serves ${answer.toRelease} again (was ${answer.fromRelease}).`);
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
      if (isOver(rollout)) continue;
      terminal.live(
        [`${STAGES[rollout.state]}: ${rollout.summary}`, ...deviceTable(rollout.devices).trimEnd().split('\n')],
        [STAGES[rollout.state], ...rollout.devices.map((entry) => `${entry.device}: ${doing(entry)}`)],
      );
    }
  } finally {
    signal.removeEventListener('abort', abort);
    terminal.settle();
  }
  return last ?? client.rollouts.get({ rolloutId });
}

const STAGES: Readonly<Record<Rollout['state'], string>> = {
  staging: 'Sending, and trying it out beside the old release',
  canary: 'Switching the canaries',
  soak: 'Watching the canaries',
  rolling: 'Switching the other devices',
  aborting: 'Taking it back',
  done: 'Done',
  halted: 'Halted',
  aborted: 'Aborted',
  interrupted: 'Interrupted',
};

function isOver({ finishedAtMs }: Rollout): boolean {
  return finishedAtMs !== null;
}

/** State, and while a device works, what it is at. */
function doing({ state, phase, finishedAtMs }: RolloutDevice): string {
  return phase === null || phase === state || finishedAtMs !== null || state === 'armed' ? state : `${state}, ${phase}`;
}

function deviceTable(devices: readonly RolloutDevice[]): string {
  return formatTable(
    ['device', 'state', 'sent', 'golden', 'p95 there>'],
    devices.map((entry) => [
      entry.isCanary ? `${entry.device} (canary)` : entry.device,
      doing(entry),
      entry.bytesTotal === 0 ? '–' : sentOf(entry),
      entry.golden === null
        ? '–'
        : entry.golden.mismatches === 0
          ? `${entry.golden.cases} ok`
          : `${entry.golden.mismatches} values off`,
      formatMs(entry.golden?.latencyP95Ms ?? null),
    ]),
  );
}

function sentOf({ bytesSent, bytesTotal, bytesPerS, state }: RolloutDevice): string {
  if (bytesSent >= bytesTotal) return formatBytes(bytesTotal);
  const speed = state === 'sending' && bytesPerS !== null ? `, ${formatBytes(bytesPerS)}/s` : '';
  return `${formatBytes(bytesSent)} of ${formatBytes(bytesTotal)}${speed}`;
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

/**
 * @throws CANCELLED for an aborted one; ROLLOUT_HALTED or ROLLOUT_FAILED where a device refused it, or the reason itself where all
 *   of them failed for one that is no verdict on the release (as a full disk); DEVICE_UNREACHABLE where some were only not reached
 */
export function throwUnlessGood(rollout: Rollout): void {
  const bad = rollout.devices.filter(({ state }) => state === 'failed' || state === 'rolled-back');
  const away = rollout.devices.filter(({ state }) => state === 'unreachable' || state === 'excluded');
  const failures = [...bad, ...away].map(({ device, error }) => ({ device, error }));
  const details = { rollout: rollout.id, state: rollout.state, failures };
  if (rollout.state === 'aborted')
    throw new AppError('CANCELLED', 'The rollout was aborted; devices that had not switched keep their old release.', {
      details,
    });
  const [first] = bad.length > 0 ? bad : away;
  if (!first) return;
  const others = (bad.length > 0 ? bad : away).slice(1).map(({ device }) => device);
  const reason = first.error?.message ?? 'no reason was given.';
  const also =
    others.length === 0
      ? ''
      : ` Nor did ${others.join(', ')}; see \`lineside rollout show ${rollout.id.slice(0, 8)}\`.`;
  if (bad.length === 0)
    throw new AppError('DEVICE_UNREACHABLE', `${first.device} did not get the release: ${reason}${also}`, { details });
  const code = verdict(bad) ?? (rollout.state === 'halted' ? 'ROLLOUT_HALTED' : 'ROLLOUT_FAILED');
  const ending = rollout.state === 'halted' ? 'The rollout was halted' : 'The rollout went on without';
  throw new AppError(code, `${ending}: ${first.device} did not take the release: ${reason}${also}`, { details });
}

/** The common reason of failures that say nothing about the release. */
function verdict(bad: readonly RolloutDevice[]): ErrorCode | null {
  const codes = new Set(bad.map(({ error }) => error?.code));
  const [code] = codes;
  return codes.size === 1 && isErrorCode(code) && ERROR_EXIT_CODES[code] === 4 ? code : null;
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
