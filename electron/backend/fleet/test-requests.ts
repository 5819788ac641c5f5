// Sends the golden inputs of the served release as Open Inference Protocol requests through the SSH connection.

import { isTransportable, tensorFromBytes } from '../../../devices/runtime/tensor.ts';
import type { TestRequestsReport } from '../../../shared/contract/devices.ts';
import type { Release, TensorRef } from '../../../shared/domain/release.ts';
import { OIP_DATATYPES } from '../../../shared/domain/tensor-type.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import type { AgentClient } from './agent-client.ts';

export interface GoldenInputs {
  readonly release: Release;
  readonly goldenBytes: Buffer;
}

/** The V2 request body for one golden case. */
function requestBody(refs: readonly TensorRef[], golden: Buffer): string {
  const inputs = refs.map((ref) => {
    const bytes = golden.subarray(ref.offset, ref.offset + ref.length);
    if (!isTransportable(ref.type))
      throw new AppError(
        'MODEL_UNSUPPORTED_TYPE',
        `The input "${ref.name}" has the type ${ref.type}, which a request cannot carry.`,
      );
    const { data } = tensorFromBytes(ref.type, ref.shape, bytes);
    return {
      name: ref.name,
      datatype: OIP_DATATYPES[ref.type],
      shape: ref.shape,
      data: Array.from(data as ArrayLike<number | bigint>, (value) =>
        typeof value === 'bigint' ? Number(value) : value,
      ),
    };
  });
  return JSON.stringify({ inputs });
}

/**
 * Sends `count` requests one after another.
 * @throws INFERENCE_UNAVAILABLE when the device serves nothing.
 */
export async function sendTestRequests(
  device: string,
  agent: AgentClient,
  goldenOf: (manifestDigest: string) => Promise<GoldenInputs>,
  count: number,
  signal: AbortSignal | undefined,
): Promise<TestRequestsReport> {
  const { serving } = await agent.status();
  if (serving === null) {
    throw new AppError('INFERENCE_UNAVAILABLE', `${device} serves no model yet; deploy a bundle to it first.`, {
      details: { device },
    });
  }
  const { release, goldenBytes } = await goldenOf(serving.manifestDigest);
  const bodies = release.golden.cases.map((goldenCase) => requestBody(goldenCase.inputs, goldenBytes));
  const path = `/v2/models/${release.model.name}/versions/${release.model.version}/infer`;
  const latencies: number[] = [];
  let firstError: string | null = null;
  const startedAt = performance.now();
  for (let index = 0; index < count; index += 1) {
    if (signal?.aborted) break;
    const sentAt = performance.now();
    try {
      await agent.channel.request({
        method: 'POST',
        path,
        rawBody: bodies[index % bodies.length] ?? '',
        timeoutMs: 30_000,
      });
      latencies.push(performance.now() - sentAt);
    } catch (error) {
      firstError ??= toAppError(error).message;
    }
  }
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (p: number): number | null =>
    sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * p) - 1)] ?? null;
  const failed = count - latencies.length;
  return {
    device,
    model: release.model.name,
    version: release.model.version,
    sent: count,
    succeeded: latencies.length,
    failed,
    firstError,
    durationMs: performance.now() - startedAt,
    p50Ms: sorted.length >= 11 ? at(0.5) : null,
    p95Ms: sorted.length >= 130 ? at(0.95) : null,
  };
}
