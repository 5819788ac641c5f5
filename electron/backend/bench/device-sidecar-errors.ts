// What can go wrong with a sidecar on a device, as AppErrors in the user's words.
import type { RunnerMessage } from '../../../devices/runtime/runner/runner-protocol.ts';
import {
  type BenchProcessEnd,
  type BenchStopReason,
  benchStopReasonSchema,
} from '../../../shared/agent-protocol/bench.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import type { LeaseEnd } from './device-lease.ts';
import { crashed, unexpectedExit } from './sidecar-exit.ts';

/** @throws BENCH_CRASHED for what no sidecar says */
export function runnerMessage(value: unknown, subject: string, deviceName: string): RunnerMessage {
  const message = value as RunnerMessage;
  if (typeof message === 'object' && message !== null && typeof message.type === 'string') return message;
  throw crashed(on(subject, deviceName), 'it said something unexpected');
}

/** The error for the last line of a process's answer. */
export function processEnded(end: BenchProcessEnd, subject: string, deviceName: string): AppError {
  if (end.type === 'stopped') return stopped(end.reason, subject, deviceName);
  const { code, signal, stderrTail: stderr, fault } = end;
  const there = on(subject, deviceName);
  if (fault !== null) return crashed(there, fault, stderr);
  return unexpectedExit(there, { code, signal, startFailure: null, stderr });
}

/** What the user would call work on a device. */
export function on(subject: string, deviceName: string): string {
  return `${subject} on ${deviceName}`;
}

export function leaseEnded(end: LeaseEnd, subject: string, deviceName: string): AppError {
  return end instanceof AppError ? end : stopped(end, subject, deviceName);
}

/** The answer of a process ended without its last line. */
export function brokenOff(deviceName: string): AppError {
  return new AppError('SSH_CONNECTION_LOST', `The answer of ${deviceName} broke off during the benchmark; try again.`, {
    details: { device: deviceName },
    retryable: true,
  });
}

/** A line that is not JSON comes from the model's process (a library that prints), not from the agent. */
export function explainFailure(error: unknown, subject: string, deviceName: string): AppError {
  const failure = toAppError(error);
  if (failure.code !== 'AGENT_INCOMPATIBLE') return failure;
  return crashed(on(subject, deviceName), 'it said something unexpected');
}

/** The device's own reason when an answer says that it ended the whole benchmark, else null. */
export function stopReasonOf(error: unknown): BenchStopReason | null {
  if (!(error instanceof AppError) || error.code !== 'DEVICE_BENCH_STOPPED') return null;
  return benchStopReasonSchema.safeParse(error.details['reason']).data ?? null;
}

const WHY: Readonly<Record<BenchStopReason, (deviceName: string) => string>> = {
  rollout: (deviceName) => `a rollout began on ${deviceName}; start it again when the rollout has ended`,
  'agent-stopping': (deviceName) => `the agent on ${deviceName} stopped; start it again when the agent runs`,
  silence: (deviceName) => `${deviceName} had not heard from this computer for too long; start it again`,
};

function stopped(reason: BenchStopReason, subject: string, deviceName: string): AppError {
  return new AppError('DEVICE_BENCH_STOPPED', `${subject} was stopped because ${WHY[reason](deviceName)}.`, {
    details: { device: deviceName, reason },
    retryable: true,
  });
}
