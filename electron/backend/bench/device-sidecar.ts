// A sidecar on a device: started through its agent, asked over the link, and gone with the lease.
import type { AnswerTo, RunnerRequest } from '../../../devices/runtime/runner/runner-protocol.ts';
import { benchPath, benchProcessEndSchema, benchProcessStartedSchema } from '../../../shared/agent-protocol/bench.ts';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import type { DeviceLease } from './device-lease.ts';
import {
  brokenOff,
  explainFailure,
  leaseEnded,
  on,
  processEnded,
  runnerMessage,
  stopReasonOf,
} from './device-sidecar-errors.ts';
import type { RequestOptions, Sidecar } from './machine.ts';
import { timedOut } from './sidecar-exit.ts';

interface RunningProcess {
  readonly number: number;
  readonly lease: DeviceLease;
  readonly lines: AsyncGenerator<unknown, void, undefined>;
  /** Breaks the answer off, which ends the process on the device as well. */
  readonly abort: AbortController;
}

const CALL_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 15_000;

/** `lease`: the one that is held, or a new one with all models in place when that was lost. */
export function createDeviceSidecar(deviceName: string, lease: (signal: AbortSignal) => Promise<DeviceLease>): Sidecar {
  let running: RunningProcess | null = null;
  let isBusy = false;
  let closing: Promise<void> = Promise.resolve();

  async function start(signal: AbortSignal): Promise<RunningProcess> {
    const first = await lease(signal);
    try {
      return await startOn(first, signal);
    } catch (error) {
      const reason = stopReasonOf(error);
      if (reason === null) throw error;
      // It had ended before we heard of it, and nothing was under way: the next lease, or the reason why there is none.
      first.finish(reason);
      return await startOn(await lease(signal), signal);
    }
  }

  async function exchange<R extends RunnerRequest>(
    request: R,
    options: RequestOptions,
    broken: Broken,
  ): Promise<AnswerTo<R> | AppError> {
    running ??= await start(broken.signal);
    const { lease: held, number, lines } = running;
    broken.watch(held);
    await held.client.channel.request({
      path: benchPath(held.id, 'processes', number),
      body: request,
      signal: broken.signal,
      timeoutMs: CALL_TIMEOUT_MS,
    });
    for (;;) {
      const next = await lines.next();
      broken.refresh();
      if (next.done) throw brokenOff(deviceName);
      const end = benchProcessEndSchema.safeParse(next.value);
      if (end.success) throw processEnded(end.data, options.subject, deviceName);
      const message = runnerMessage(next.value, options.subject, deviceName);
      if (message.type === 'progress') options.onProgress?.(message.progress);
      else if (message.type === 'samples') {
        broken.pause();
        await options.onSamples?.(Buffer.from(message.base64, 'base64'));
        broken.refresh();
      } else if (message.type === 'error') return AppError.fromWire(message.error);
      else return message as AnswerTo<R>;
    }
  }

  async function close(): Promise<void> {
    const process = running;
    running = null;
    if (process === null) return closing;
    closing = endProcess(process);
    return closing;
  }

  return {
    request: async (request, options) => {
      const { subject, signal } = options;
      if (signal?.aborted) throw cancelled(subject);
      if (isBusy) throw new Error('a sidecar answers one request at a time');
      isBusy = true;
      const broken = createBroken(options, deviceName, () => running?.abort.abort());
      let answer: AppError | AnswerTo<typeof request>;
      try {
        answer = await exchange(request, options, broken);
      } catch (error) {
        const reason = stopReasonOf(error);
        // Makes it the reason here as well: our question may have crossed the device's decision on the way.
        if (reason !== null) running?.lease.finish(reason);
        await close();
        throw broken.reason ?? explainFailure(error, subject, deviceName);
      } finally {
        broken.dispose();
        isBusy = false;
      }
      // The model's own fault: the process lives on.
      if (answer instanceof AppError) throw answer;
      return answer;
    },
    close,
  };
}

async function startOn(lease: DeviceLease, signal: AbortSignal): Promise<RunningProcess> {
  const abort = new AbortController();
  const path = benchPath(lease.id, 'processes');
  const lines = lease.client.channel.stream({ method: 'POST', path, signal: abort.signal });
  const onAbort = (): void => abort.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const first = await lines.next();
    return { number: benchProcessStartedSchema.parse(first.value).process, lease, lines, abort };
  } catch (error) {
    abort.abort();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** What breaks a request off from this side: the user, a silence, or the end of the lease. */
interface Broken {
  readonly signal: AbortSignal;
  /** Why, once it has. */
  readonly reason: AppError | null;
  watch(lease: DeviceLease): void;
  refresh(): void;
  pause(): void;
  dispose(): void;
}

function createBroken({ subject, signal, silenceMs }: RequestOptions, deviceName: string, onBreak: () => void): Broken {
  const controller = new AbortController();
  let reason: AppError | null = null;
  let timer: NodeJS.Timeout | undefined;
  let unwatch = (): void => undefined;
  const breakOff = (error: AppError): void => {
    reason ??= error;
    controller.abort();
    onBreak();
  };
  const onAbort = (): void => breakOff(cancelled(subject));
  signal?.addEventListener('abort', onAbort, { once: true });
  const refresh = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => breakOff(timedOut(on(subject, deviceName), silenceMs)), silenceMs);
  };
  refresh();
  return {
    signal: controller.signal,
    get reason() {
      return reason;
    },
    watch: (lease) => {
      unwatch();
      unwatch = lease.onEnd((end) => breakOff(leaseEnded(end, subject, deviceName)));
    },
    refresh,
    pause: () => clearTimeout(timer),
    dispose: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      unwatch();
    },
  };
}

async function endProcess({ number, lease, lines, abort }: RunningProcess): Promise<void> {
  if (lease.end === null) {
    const path = benchPath(lease.id, 'processes', number);
    const asked = lease.client.channel.request({ method: 'DELETE', path, timeoutMs: CLOSE_TIMEOUT_MS });
    // A device that does not hear it ends the process when its answer has no reader.
    await asked.catch(() => undefined);
  }
  abort.abort();
  await lines.return().catch(() => undefined);
}
