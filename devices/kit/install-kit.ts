// Installs a kit on a device through a connection: sends what is missing, and lets the kit's own program do the rest there.
import type { AgentHello } from '../../shared/agent-protocol/messages.ts';
import { AppError, cancelled } from '../../shared/errors/app-error.ts';
import type { Connection } from '../link/connection.ts';
import { shellQuote } from '../link/shell-quote.ts';
import type { Kit } from './kit.ts';
import { lookAtDevice } from './look-at-device.ts';
import { type SetupEvent, type SetupPlan, type StartMode, setupEventSchema } from './on-device/setup-plan.ts';
import { pushParts } from './push-parts.ts';

export interface InstallProgress {
  readonly step: string;
  readonly done: number;
  readonly total: number | null;
  readonly unit: 'bytes' | 'steps';
}

export interface InstallOptions {
  readonly connection: Connection;
  readonly kit: Kit;
  /** Absolute path of Lineside's folder on the device. */
  readonly root: string;
  /** `auto`: the best that the device offers. */
  readonly startMode: 'auto' | StartMode;
  /** Text of `<root>/trust/keys.json`. */
  readonly trustKeysJson: string;
  /** Compress on the way, for links slower than about 20 MB/s; default false. */
  readonly isCompressed?: boolean;
  readonly onProgress?: (progress: InstallProgress) => void;
  readonly signal?: AbortSignal;
}

export interface InstallResult {
  /** `systemd` and `cron` start the agent again after a reboot, `detached` does not. */
  readonly startMode: StartMode;
  readonly agent: AgentHello;
  /** Bytes that went to the device; 0 when all parts were there. */
  readonly sentBytes: number;
}

function partId(kit: Kit, name: Kit['parts'][number]['name']): string {
  const part = kit.parts.find((each) => each.name === name);
  if (!part) throw new Error(`the kit ${kit.kitId} has no part ${name}`);
  return part.id;
}

/** The set-up program's command line; its parts are where they were before or in the incoming folder. */
function setupCommand(kit: Kit, root: string, incoming: string | null, sentIds: ReadonlySet<string>): string {
  const folder = (id: string) =>
    incoming !== null && sentIds.has(id) ? `${incoming}/${id}` : `${root}/kit/parts/${id}`;
  const node = `${folder(partId(kit, 'node'))}/node`;
  return `${shellQuote(node)} ${shellQuote(`${folder(partId(kit, 'agent'))}/setup.mjs`)}`;
}

/** Runs the set-up program and follows what it says. */
async function runSetup(
  options: InstallOptions,
  command: string,
  plan: SetupPlan,
): Promise<Extract<SetupEvent, { type: 'done' }>> {
  const { connection, signal, onProgress } = options;
  const abort = new AbortController();
  // Once the program switches agents it must not be broken off: it ends well or puts the old one back.
  let isSwitching = false;
  const onAbort = () => isSwitching || abort.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    const stream = await connection.execStream(command, { signal: abort.signal });
    // Left open: its end tells the program that nobody waits any more.
    stream.write(`${JSON.stringify(plan)}\n`);
    let last: SetupEvent | null = null;
    let rest = '';
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        last = setupEventSchema.parse(JSON.parse(line));
        if (last.type !== 'step') continue;
        isSwitching ||= last.isSwitching;
        onProgress?.({ step: last.step, done: 0, total: null, unit: 'steps' });
      }
    }
    const { code } = await stream.exit;
    if (last?.type === 'done') return last;
    if (last?.type === 'error' && last.error.code !== 'INTERNAL') throw AppError.fromWire(last.error as never);
    const said = last?.type === 'error' ? last.error.message : (stream.stderrTail().trim().split('\n').at(-1) ?? '');
    throw new AppError(
      'DEVICE_COMMAND_FAILED',
      `The set-up on ${connection.target} failed: ${said || `it ended with ${code ?? 'a signal'}`}.`,
      { details: { code } },
    );
  } catch (error) {
    if (signal?.aborted && !isSwitching) throw cancelled('The set-up');
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/**
 * Installs the kit and starts its agent, or finds it running already. Whatever fails leaves the old agent in service.
 * @throws DEVICE_UNSUPPORTED, DEVICE_DISK_FULL, DEVICE_READ_ONLY, INPUT_INVALID, AGENT_START_FAILED, DEVICE_COMMAND_FAILED,
 * TRANSFER_INTERRUPTED, CANCELLED, link errors
 */
export async function installKit(options: InstallOptions): Promise<InstallResult> {
  const { connection, kit, root, signal, onProgress } = options;
  if (!root.startsWith('/') || root === '/') {
    throw new AppError('INPUT_INVALID', `The folder ${root} must be an absolute path below /.`, { details: { root } });
  }
  onProgress?.({ step: 'Looking at the device', done: 0, total: null, unit: 'steps' });
  const look = await lookAtDevice(connection, kit, root, signal);
  let incoming: string | null = null;
  let sentBytes = 0;
  if (look.missing.length > 0) {
    const pushed = await pushParts({
      connection,
      root,
      parts: look.missing,
      isCompressed: (options.isCompressed ?? false) && look.hasGzip,
      signal,
      onSent: (done, total) => onProgress?.({ step: 'Sending the kit', done, total, unit: 'bytes' }),
    });
    ({ incoming, sentBytes } = pushed);
  }
  const plan: SetupPlan = {
    root,
    kitId: kit.kitId,
    parts: kit.parts.map(({ name, id, files }) => ({
      name,
      id,
      files: files.map(({ path, mode, sizeBytes, sha256 }) => ({ path, mode, sizeBytes, sha256 })),
    })),
    incoming,
    startMode: options.startMode,
    trustKeysJson: options.trustKeysJson,
  };
  const command = setupCommand(kit, root, incoming, new Set(look.missing.map((part) => part.id)));
  const { startMode, agent } = await runSetup(options, command, plan);
  return { startMode, agent, sentBytes };
}
