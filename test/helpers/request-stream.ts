// A steady stream of inference requests at a device's loopback port, with every answer kept.

import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';

export interface StreamAnswer {
  /** HTTP status; 0 when the connection failed. */
  readonly status: number;
  readonly latencyMs: number;
  readonly body: string;
}

export interface RequestStream {
  readonly answers: readonly StreamAnswer[];
  stop(): Promise<void>;
}

/** The loopback port on which the agent in `home` serves. */
export async function inferencePort(home: string): Promise<number> {
  const { port } = JSON.parse(await readFile(join(home, 'lineside', 'var', 'serve.json'), 'utf8')) as { port: number };
  return port;
}

/** One V2 request. */
export function infer(port: number, path: string, body: string): Promise<StreamAnswer> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const outgoing = request(
      { host: '127.0.0.1', port, path, method: 'POST', headers: { 'content-type': 'application/json' } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            latencyMs: performance.now() - startedAt,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    outgoing.on('error', (error) =>
      resolve({ status: 0, latencyMs: performance.now() - startedAt, body: error.message }),
    );
    outgoing.end(body);
  });
}

/** Sends one request after another, as a camera at the line does, until it is stopped. */
export function startRequestStream(port: number, path: string, body: string, pauseMs = 10): RequestStream {
  const answers: StreamAnswer[] = [];
  let isStopped = false;
  const run = async (): Promise<void> => {
    while (!isStopped) {
      answers.push(await infer(port, path, body));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  const finished = run();
  return {
    answers,
    stop: async () => {
      isStopped = true;
      await finished;
    },
  };
}

/** A request with one blank 28×28 image. */
export function blankDigit(): string {
  return JSON.stringify({
    inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 1, 28, 28], data: new Array(784).fill(0) }],
  });
}
