// The one-second heartbeat: takes a sample and gives it to whoever watches.
import type { WatchEvent } from '../../../shared/agent-protocol/messages.ts';
import { createProcessMemory } from '../../sensors/process-memory.ts';
import { orNull } from '../../sensors/source.ts';
import type { AgentInferenceHost } from '../inference/create-inference-host.ts';
import type { WatchHub } from '../server/watch-stream.ts';
import { createSampler } from './sampler.ts';
import { startTickTimer } from './tick-timer.ts';

const PERIOD_MS = 1_000;

export interface TelemetryOptions {
  /** Put before /proc and /sys; empty on a real device. */
  readonly sysRoot: string;
  /** The device root; its file system's space is reported. */
  readonly root: string;
  readonly inference: AgentInferenceHost;
  readonly watch: WatchHub;
}

/** Starts at once; `close` stops it and gives all descriptors back. */
export function startTelemetry({ sysRoot, root, inference, watch }: TelemetryOptions): { close(): void } {
  const workerMemory = createProcessMemory();
  const sampler = createSampler({
    sysRoot,
    diskPath: root,
    path: process.env['PATH'] ?? '',
    inference: () => {
      const pid = inference.current()?.pid;
      return inference.sample(pid === undefined ? null : orNull(workerMemory.residentBytes(pid)));
    },
  });
  const stop = startTickTimer(PERIOD_MS, (tick) => {
    const event: WatchEvent = { type: 'sample', sample: sampler.take(tick) };
    watch.sample(`${JSON.stringify(event)}\n`);
    watch.status();
  });
  return {
    close() {
      stop();
      sampler.close();
      workerMemory.close();
    },
  };
}
