// Discrete NVIDIA GPUs through one long-lived nvidia-smi that prints a line per GPU and second; never a start per sample.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { GpuSample, SensorState } from '../../shared/agent-protocol/sample.ts';

const FIELDS = 'index,name,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw,clocks.sm';
const MEBIBYTE = 1024 * 1024;
const STALE_AFTER_MS = 5_000;
const MAX_PENDING_CHARS = 64 * 1024;

export interface NvidiaSmi {
  readonly state: SensorState;
  /** Newest line of each GPU by its index. */
  samples(): GpuSample[];
  /** Starts the program again when it ended; called once a minute. */
  probe(): void;
  close(): void;
}

/** `[N/A]`, `[Not Supported]`, `[Unknown Error]` and the like are missing values. */
function numberOf(field: string | undefined, factor: number): number | null {
  const value = Number.parseFloat(field ?? '');
  return Number.isNaN(value) ? null : value * factor;
}

/** Reads one `csv,noheader,nounits` line; null for a line of another shape. */
export function parseNvidiaSmiLine(line: string): { index: number; sample: GpuSample } | null {
  const fields = line.split(', ');
  const index = Number.parseInt(fields[0] ?? '', 10);
  if (fields.length !== FIELDS.split(',').length || Number.isNaN(index)) return null;
  const sample = {
    name: fields[1] ?? 'nvidia',
    utilization: numberOf(fields[2], 0.01),
    memoryUsedBytes: numberOf(fields[3], MEBIBYTE),
    memoryTotalBytes: numberOf(fields[4], MEBIBYTE),
    temperatureC: numberOf(fields[5], 1),
    powerW: numberOf(fields[6], 1),
    frequencyHz: numberOf(fields[7], 1e6),
  };
  return { index, sample };
}

/** Full path of nvidia-smi, or null where there is no discrete NVIDIA GPU or no such program. */
export function findNvidiaSmi(sysRoot: string, path: string): string | null {
  if (!existsSync(`${sysRoot}/proc/driver/nvidia/gpus`)) return null;
  for (const directory of path.split(':')) {
    const candidate = `${directory}/nvidia-smi`;
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this directory: look in the next one.
    }
  }
  return null;
}

/** `nowMs`: a monotonic clock. */
export function createNvidiaSmi(program: string, nowMs: () => number): NvidiaSmi {
  const samples = new Map<number, GpuSample>();
  let child: ChildProcessByStdio<null, Readable, null> | null = null;
  let pending = '';
  let lastLineMs = Number.NaN;
  let failure: SensorState = 'stale';

  function onData(text: string): void {
    pending += text;
    const lines = pending.split('\n');
    pending = (lines.pop() ?? '').slice(-MAX_PENDING_CHARS);
    for (const line of lines) {
      const parsed = parseNvidiaSmiLine(line);
      if (parsed === null) continue;
      samples.set(parsed.index, parsed.sample);
      lastLineMs = nowMs();
    }
  }

  function start(): void {
    const started = spawn(program, [`--query-gpu=${FIELDS}`, '--format=csv,noheader,nounits', '-l', '1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child = started;
    started.stdout.setEncoding('latin1').on('data', onData);
    const onEnd = (): void => {
      if (child === started) child = null;
      failure = 'error';
    };
    started.on('error', onEnd).on('exit', onEnd);
    started.unref();
  }

  start();
  return {
    get state() {
      if (nowMs() - lastLineMs <= STALE_AFTER_MS) return 'ok';
      return failure;
    },
    samples: () => (nowMs() - lastLineMs <= STALE_AFTER_MS ? [...samples.values()] : []),
    probe() {
      if (child === null) start();
    },
    close() {
      child?.kill('SIGTERM');
      child = null;
    },
  };
}
