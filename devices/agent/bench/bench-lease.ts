// The device as one laptop holds it for a benchmark: its folder, its processes, and the answer that stays open meanwhile.
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import {
  type BenchFilesRequest,
  type BenchFilesResponse,
  type BenchLeaseEvent,
  type BenchLeaseInfo,
  type BenchLeaseRequest,
  type BenchStopReason,
} from '../../../shared/agent-protocol/bench.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import type { Log } from '../log.ts';
import type { BlobRef } from '../release/object-store.ts';
import type { BenchFiles } from './bench-files.ts';
import { type BenchProcess, startBenchProcess } from './bench-process.ts';
import { runnerLine } from './bench-request.ts';
import { leasesFolder } from './bench-sweep.ts';

/** What a lease needs of the agent. */
export interface BenchLeaseParts {
  /** The device's. */
  readonly root: string;
  readonly files: BenchFiles;
  /** Arguments with which Node starts a sidecar. */
  readonly runnerArgs: readonly string[];
  /** Requests that the serving model has answered; null where nothing serves. */
  readonly served: () => number | null;
  readonly log: Log;
  /** A laptop of which nothing is heard for so long is gone. */
  readonly silenceMs: number;
}

export interface EndedLease {
  readonly id: string;
  readonly reason: BenchStopReason | null;
  /** Resolves when nothing is left of it; never rejects. */
  readonly finished: Promise<void>;
}

export interface BenchLease {
  readonly id: string;
  readonly request: BenchLeaseRequest;
  /** To be called with every request: the laptop is there. */
  touch(): void;
  info(): BenchLeaseInfo;
  place(files: BenchFilesRequest['files']): Promise<BenchFilesResponse>;
  /** @throws NOT_FOUND for an object that no file of this lease needs */
  blob(digest: string): BlobRef;
  /** Starts a sidecar that answers on `response`. @throws IN_USE when too many run, BENCH_CRASHED */
  launch(response: ServerResponse): Promise<void>;
  /** @throws NOT_FOUND for a model that was not placed, INPUT_INVALID */
  send(process: number, body: Buffer): Promise<void>;
  endProcess(process: number): Promise<void>;
  /** Ends everything; resolves when nothing of it is left. Safe to call twice. */
  end(reason: BenchStopReason | null): Promise<void>;
}

const MAX_PROCESSES = 16;
/** For the last line to reach a laptop; one that takes longer is gone. */
const LAST_LINE_MS = 5_000;

/** Takes the device; `response` is answered and stays open. `onEnd` is called once, when the end begins. */
export async function openBenchLease(
  request: BenchLeaseRequest,
  response: ServerResponse,
  parts: BenchLeaseParts,
  onEnd: (ended: EndedLease) => void,
): Promise<BenchLease> {
  const id = randomBytes(16).toString('hex');
  const folder = join(leasesFolder(parts.root), id);
  const processes = new Map<number, BenchProcess>();
  const models = new Map<string, string>();
  const declared = new Map<string, BlobRef>();
  const servedBefore = parts.served() ?? 0;
  let lastNumber = 0;
  let stopped: BenchStopReason | null = null;
  let ending: Promise<void> | null = null;
  /** Settles when no file is being laid out; never rejects. */
  let placing: Promise<unknown> = Promise.resolve();

  const say = (event: BenchLeaseEvent): void => {
    if (!response.destroyed) response.write(`${JSON.stringify(event)}\n`);
  };

  function end(reason: BenchStopReason | null): Promise<void> {
    if (ending === null) {
      stopped = reason;
      ending = endAll(reason);
      onEnd({ id, reason, finished: ending });
    }
    return ending;
  }

  async function endAll(reason: BenchStopReason | null): Promise<void> {
    clearTimeout(silence);
    await Promise.all([...processes.values()].map((each) => each.stop(reason)));
    await parts.files.closeWriters();
    await placing;
    await rm(folder, { recursive: true, force: true }).catch((error: unknown) => {
      // The next start of the agent removes it.
      parts.log.warn('The folder of a benchmark could not be removed.', { reason: toAppError(error).message });
    });
    if (reason !== null) say({ type: 'stopped', reason });
    response.end();
    const cut = setTimeout(() => response.destroy(), LAST_LINE_MS).unref();
    response.once('close', () => clearTimeout(cut));
  }

  const silence = setTimeout(() => void end('silence'), parts.silenceMs);
  response.once('close', () => void end(null));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  say({ type: 'lease', leaseId: id });

  return {
    id,
    request,
    touch: () => void (ending ?? silence.refresh()),
    info: () => {
      const served = parts.served();
      return { servedRequests: served === null ? null : Math.max(0, served - servedBefore) };
    },
    place: async (files) => {
      for (const { digest, sizeBytes } of files) declared.set(digest, { digest, sizeBytes });
      const work = placing.then(() => {
        if (ending !== null) throw new AppError('NOT_FOUND', 'This benchmark has ended on the device; start it again.');
        return parts.files.place(folder, files);
      });
      placing = work.catch(() => undefined);
      const { path, ...answer } = await work;
      if (path !== null && answer.onnxPath !== null) models.set(answer.onnxPath, path);
      return answer;
    },
    blob: (digest) => {
      const blob = declared.get(digest);
      if (blob !== undefined) return blob;
      throw new AppError('NOT_FOUND', 'The device does not wait for this object; start the benchmark again.', {
        details: { digest },
      });
    },
    launch: async (answer) => {
      if (processes.size >= MAX_PROCESSES) {
        throw new AppError(
          'IN_USE',
          `This benchmark runs ${String(MAX_PROCESSES)} processes on the device already; end one first.`,
        );
      }
      lastNumber += 1;
      const number = lastNumber;
      const started = await startBenchProcess({
        number,
        args: parts.runnerArgs,
        priority: request.priority,
        folder,
        response: answer,
        onGone: () => processes.delete(number),
      });
      processes.set(number, started);
      // The lease may have ended while the process started.
      if (ending !== null) await started.stop(stopped);
    },
    send: async (number, body) => {
      const line = runnerLine(body, (name) => models.get(name));
      // One that has ended says so as the last line of its answer.
      await processes.get(number)?.send(line);
    },
    endProcess: async (number) => {
      await processes.get(number)?.stop(null);
    },
    end,
  };
}
