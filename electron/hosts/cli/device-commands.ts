// The commands under `lineside device`: add, list, probe, setup, test, remove.
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { DeviceFacts, DeviceView } from '../../../shared/contract/devices.ts';
import { formatBytes, formatMs, formatPercent } from '../../../shared/domain/quantities.ts';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import { readConfirmation, readPassword } from './ask.ts';
import { followJob } from './follow-job.ts';
import { formatAge } from './format.ts';
import { withHostKeyQuestion } from './host-key-question.ts';
import { addInventoryCommands } from './inventory-commands.ts';
import { label, positiveInteger, words } from './parse.ts';
import { runSession, type Session } from './session.ts';

interface AddOptions {
  readonly identity?: string;
  readonly password?: boolean;
  readonly passwordStdin?: boolean;
  readonly acceptNew?: boolean;
  readonly root?: string;
  readonly label?: Record<string, string>;
  readonly jump?: readonly string[];
  readonly jumpIdentity?: readonly string[];
}

export function addDeviceCommands(program: Command): void {
  const device = program.command('device').description('the boxes at the line: add, set up, look at, remove');

  device
    .command('add')
    .description('contact a box and keep it')
    .argument('<name>', 'name in the fleet')
    .argument('<address>', 'user@host[:port], or local for this computer')
    .option('--identity <file>', 'private key file (default: the ssh-agent, then ~/.ssh/id_ed25519, id_ecdsa, id_rsa)')
    .option('--password', 'log in with a password and ask for it')
    .option('--password-stdin', 'read the password from standard input')
    .option('--accept-new', 'accept the host key of a box never seen before')
    .option('--root <folder>', "Lineside's folder on the box (default: ~/lineside)")
    .option('--jump <hosts>', 'hosts to go through, the nearest first: user@host:port,…', words)
    .option('--jump-identity <files>', 'private key file for all of them, or one for each: file,…', words)
    .option('--label <key=value>', 'a label for selectors; may be repeated', label)
    .action((name: string, address: string, options: AddOptions, command: Command) =>
      runSession(command, async (session) => {
        const { client, terminal, signal } = session;
        const password =
          options.password === true || options.passwordStdin === true
            ? await readPassword(address, options.passwordStdin === true)
            : undefined;
        const input = {
          name,
          address,
          identityFile: options.identity === undefined ? undefined : resolve(options.identity),
          password,
          root: options.root,
          labels: options.label,
          jumps: jumpsOf(options),
        };
        const view = await withHostKeyQuestion(options.acceptNew === true, (acceptHostKey) =>
          client.devices.add({ ...input, acceptHostKey }, { signal }),
        );
        terminal.json(view);
        terminal.line(`Added ${name}: ${describe(view.facts)}.`);
        if (view.facts?.agent !== 'running') terminal.line(`Next: \`lineside device setup ${name}\`.`);
      }),
    );

  addInventoryCommands(device);

  device
    .command('list')
    .description('all devices, with what they say right now')
    .option('--stored', 'only what is known already, without contacting them')
    .action((options: { stored?: boolean }, command: Command) =>
      runSession(command, async (session) => {
        const views = options.stored === true ? await session.client.devices.list() : await liveViews(session);
        session.terminal.json(views);
        if (views.length === 0)
          session.terminal.line('No devices yet: add one with `lineside device add NAME user@host`.');
        else
          session.terminal.table(
            ['device', 'address', 'state', 'serves', 'cpu>', 'memory>', 'requests/s>', 'p95>', 'seen'],
            views.map(row),
          );
        for (const view of views)
          if (view.problem) session.terminal.line(`${view.device.name}: ${view.problem.message}`);
      }),
    );

  device
    .command('probe')
    .description('ask a box what it is')
    .argument('<name>', 'name in the fleet')
    .option('--accept-new', 'accept the host key of a box never seen before')
    .option('--password-stdin', 'read the password from standard input')
    .action((name: string, options: { acceptNew?: boolean; passwordStdin?: boolean }, command: Command) =>
      runSession(command, async ({ client, terminal, signal }) => {
        if (options.passwordStdin === true)
          await client.devices.unlock({ name, password: await readPassword(name, true) }, { signal });
        const facts = await withHostKeyQuestion(options.acceptNew === true, (acceptHostKey) =>
          client.devices.probe({ name, acceptHostKey }, { signal }),
        );
        terminal.json(facts);
        printFacts(terminal, facts);
      }),
    );

  device
    .command('forget-host-key')
    .description("forget a box's host key, once its owner has confirmed that it has a new one")
    .argument('<name>', 'name in the fleet')
    .option('--yes', 'do not ask')
    .action((name: string, options: { yes?: boolean }, command: Command) =>
      runSession(command, async ({ client, terminal, signal }) => {
        const { device: record } = await client.devices.get({ name });
        if (options.yes !== true)
          await readConfirmation(`Forget the host key of ${record.host}? Only if its owner confirms the new one.`);
        const answer = await client.devices.forgetHostKey({ name }, { signal });
        terminal.json(answer);
        terminal.line(
          answer.forgottenLines > 0
            ? `Forgot the host key of ${record.host}; next: \`lineside device probe ${name}\` shows the new one.`
            : `Lineside's own list holds no host key of ${record.host}; a key in ~/.ssh/known_hosts is removed with ssh-keygen -R.`,
        );
      }),
    );

  device
    .command('setup')
    .description('install the kit and start the agent, without root and without Internet')
    .argument('<name>', 'name in the fleet')
    .addOption(
      new Option('--start <mode>', 'how the agent is kept running')
        .choices(['auto', 'systemd', 'cron', 'detached'])
        .default('auto'),
    )
    .action((name: string, options: { start: 'auto' | 'systemd' | 'cron' | 'detached' }, command: Command) =>
      runSession(command, async (session) => {
        const { jobId } = await session.client.devices.setup({ name, startMode: options.start });
        const sentence = await followJob(session, jobId, `Setting up ${name}`);
        session.terminal.json({ device: name, result: sentence });
        session.terminal.line(sentence);
        if ((await session.client.keys.list()).length === 0)
          session.terminal.line(
            `${name} trusts no signing key yet: make one with \`lineside keys init\` and run this set-up again before you deploy.`,
          );
      }),
    );

  device
    .command('test')
    .description('send inference requests through the SSH connection')
    .argument('<name>', 'name in the fleet')
    .option('--count <n>', 'requests (default: 50)', positiveInteger)
    .action((name: string, options: { count?: number }, command: Command) =>
      runSession(command, async ({ client, terminal, signal }) => {
        const report = await client.devices.sendTestRequests({ name, count: options.count ?? 50 }, { signal });
        terminal.json(report);
        const speed = report.p50Ms === null ? '' : `, median round trip ${formatMs(report.p50Ms)}`;
        terminal.line(
          `${name} answered ${report.succeeded} of ${report.sent} requests to ${report.model}:${report.version}${speed}.`,
        );
        if (report.failed > 0)
          throw new AppError(
            'INFERENCE_UNAVAILABLE',
            `${report.failed} of ${report.sent} requests failed; the first: ${report.firstError ?? 'no reason given'}`,
          );
      }),
    );

  device
    .command('remove')
    .description('forget a box')
    .argument('<name>', 'name in the fleet')
    .option('--uninstall', "also stop the agent and delete Lineside's folder on the box")
    .option('--yes', 'do not ask')
    .action((name: string, options: { uninstall?: boolean; yes?: boolean }, command: Command) =>
      runSession(command, async ({ client, terminal, signal }) => {
        if (options.uninstall === true && options.yes !== true) {
          await readConfirmation(`Delete Lineside's folder on ${name}, with the model that it serves?`);
        }
        const answer = await client.devices.remove({ name, uninstall: options.uninstall }, { signal });
        terminal.json(answer);
        terminal.line(
          answer.uninstalled
            ? `Removed ${name}; its agent is stopped and its folder deleted.`
            : `Removed ${name} from the fleet; the box itself goes on as it is.`,
        );
      }),
    );
}

/** The hosts on the way with their key files; a single file is for all of them. */
function jumpsOf({
  jump = [],
  jumpIdentity = [],
}: AddOptions): { address: string; identityFile?: string }[] | undefined {
  const isOneForAll = jumpIdentity.length <= 1 && (jump.length > 0 || jumpIdentity.length === 0);
  if (!isOneForAll && jumpIdentity.length !== jump.length) {
    throw new AppError(
      'INPUT_INVALID',
      `There are ${jump.length} jump hosts and ${jumpIdentity.length} key files; name one file for each, or one for all.`,
    );
  }
  if (jump.length === 0) return undefined;
  return jump.map((address, index) => {
    const file = jumpIdentity[index] ?? jumpIdentity[0];
    return { address, ...(file === undefined ? {} : { identityFile: resolve(file) }) };
  });
}

/** Waits until every device has answered or failed, at the longest some seconds. */
async function liveViews({ client, terminal, signal }: Session): Promise<DeviceView[]> {
  const views = new Map<string, DeviceView>();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), 8000);
  try {
    for await (const event of await client.devices.watchFleet(
      { perSecond: 10 },
      { signal: AbortSignal.any([deadline.signal, signal]) },
    )) {
      for (const view of event.devices) views.set(view.device.name, view);
      const waiting = [...views.values()].filter(
        ({ connection, sample }) =>
          connection === 'unknown' || connection === 'connecting' || (connection === 'online' && sample === null),
      );
      if (waiting.length === 0) break;
      terminal.progress(`Contacting ${views.size} device${views.size === 1 ? '' : 's'}`, `${waiting.length} to go`);
    }
  } catch (thrown) {
    if (!deadline.signal.aborted) throw thrown;
  } finally {
    clearTimeout(timer);
    terminal.settle();
  }
  if (signal.aborted) throw cancelled('Looking at the devices');
  return [...views.values()].sort((a, b) => a.device.name.localeCompare(b.device.name));
}

function addressOf({ kind, user, host, port, jumps = [] }: DeviceView['device']): string {
  if (kind === 'local') return 'this computer';
  return [`${user}@${host}:${port}`, ...jumps.map((jump) => jump.host).toReversed()].join(' via ');
}

function row(view: DeviceView): string[] {
  const { device, sample, status } = view;
  const memory = sample?.memory;
  const used =
    memory?.totalBytes && memory.availableBytes !== null ? 1 - memory.availableBytes / memory.totalBytes : null;
  return [
    device.name,
    addressOf(device),
    view.connection,
    status?.serving ? `${status.serving.name}:${status.serving.version}` : '–',
    formatPercent(sample?.cpu.utilization ?? null),
    formatPercent(used),
    sample ? sample.inference.requestsPerS.toFixed(1) : '–',
    formatMs(sample?.inference.p95Ms ?? null),
    view.lastSeenMs === null ? 'never' : formatAge(view.lastSeenMs),
  ];
}

function describe(facts: DeviceFacts | null): string {
  if (!facts) return 'not contacted yet';
  return `${facts.os}, ${facts.architecture}, ${facts.cores} cores, ${formatBytes(facts.memoryBytes)} of memory, agent ${facts.agent}`;
}

function printFacts(terminal: Session['terminal'], facts: DeviceFacts): void {
  const without = [
    facts.hasSystemdUser ? null : 'no systemd user manager',
    facts.canLinger ? null : 'no linger',
    facts.hasCrontab ? null : 'no crontab',
  ];
  terminal.facts([
    ['host name', facts.hostname],
    ['system', `${facts.os}, ${facts.kernel}, ${facts.libc}`],
    ['architecture', facts.architecture],
    ['processor', `${facts.cpuModel}, ${facts.cores} cores`],
    ['memory', formatBytes(facts.memoryBytes)],
    ['free disk', formatBytes(facts.freeBytes)],
    ['graphics', facts.gpu ?? facts.jetson ?? 'none found'],
    ['clock', `${facts.clockOffsetMs >= 0 ? '+' : ''}${facts.clockOffsetMs} ms against this computer`],
    [
      'rights',
      facts.isRoot
        ? 'root'
        : `no root; ${without.filter((entry) => entry !== null).join(', ') || 'linger and crontab available'}`,
    ],
    ['host key', facts.hostKeyFingerprint ?? '–'],
    ['agent', facts.agent],
  ]);
}
