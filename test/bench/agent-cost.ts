// Measures what a real agent costs: CPU and memory over some seconds, bundled and started as the device kit does it.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleAgent } from '../../devices/kit/bundle-agent.ts';
import { AGENT_ROUTES, type AgentStatus, type WatchEvent } from '../../shared/agent-protocol/messages.ts';
import type { Sample } from '../../shared/agent-protocol/sample.ts';
import { type AgentProcess, startAgent } from '../helpers/agent-process.ts';
import { deployDirectly, trustKey } from '../helpers/deploy-directly.ts';
import { makeInstalledRelease } from '../helpers/installed-release.ts';
import { createTestKey } from '../helpers/signed-bundle.ts';

export interface ProcessCost {
  /** Share of one core, percent. */
  readonly cpuPercent: number;
  readonly rssBytes: number;
  readonly privateDirtyBytes: number;
  readonly threads: number;
}

export interface AgentCost {
  readonly seconds: number;
  readonly agent: ProcessCost;
  readonly worker: ProcessCost | null;
  readonly ticks: number;
  readonly missedTicks: number;
  readonly tickLateP50Ms: number;
  readonly tickLateP99Ms: number;
  readonly collectP50Ms: number;
  readonly collectP99Ms: number;
  readonly requests: number;
}

export interface AgentCostOptions {
  readonly seconds: number;
  /** Deploys the sample model and, with `requestsPerS`, sends it requests. */
  readonly withModel: boolean;
  readonly requestsPerS?: number;
  /** A reader of the live stream, as the laptop is one. Default true. */
  readonly isWatched?: boolean;
  readonly nodeFlags?: readonly string[];
}

/** The flags of the kit's start command. */
export const AGENT_NODE_FLAGS = [
  '--max-semi-space-size=1',
  '--max-old-space-size=64',
  '--v8-pool-size=1',
  '--optimize-for-size',
] as const;
/** And its environment. */
export const AGENT_ENVIRONMENT = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '65536',
  MALLOC_MMAP_THRESHOLD_: '65536',
  UV_THREADPOOL_SIZE: '1',
} as const;
/** V8 tidies its heap once, about 8 s after the start. */
const WARM_UP_S = 15;

/** Nanoseconds on a CPU of all threads: /proc/PID/task/TID/schedstat, finer than the 10 ms ticks of /proc/PID/stat. */
function cpuNanos(pid: number): number {
  let sum = 0;
  for (const task of readdirSync(`/proc/${String(pid)}/task`)) {
    sum += Number(readFileSync(`/proc/${String(pid)}/task/${task}/schedstat`, 'latin1').split(' ')[0]);
  }
  return sum;
}

function memoryOf(pid: number): Omit<ProcessCost, 'cpuPercent'> {
  const rollup = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'latin1');
  const bytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 'NaN') * 1024;
  return {
    rssBytes: bytes('Rss'),
    privateDirtyBytes: bytes('Private_Dirty'),
    threads: readdirSync(`/proc/${String(pid)}/task`).length,
  };
}

async function workerPid(agent: AgentProcess): Promise<number | null> {
  return (await agent.json<AgentStatus>(AGENT_ROUTES.status)).worker.pid;
}

/** Reads the live stream in a process of the measurer, so that sending is part of the cost. */
async function readStream(agent: AgentProcess): Promise<{ stop(): void }> {
  const { request } = await import('node:http');
  const sent = request({ socketPath: agent.socketPath, path: AGENT_ROUTES.watch }, (response) => response.resume());
  sent.on('error', () => {});
  sent.end();
  return { stop: () => sent.destroy() };
}

async function lastSamples(agent: AgentProcess, count: number): Promise<Sample[]> {
  const { request } = await import('node:http');
  return await new Promise((resolve, reject) => {
    const sent = request(
      { socketPath: agent.socketPath, path: `${AGENT_ROUTES.watch}?history=${String(count)}` },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
          const lines = text.split('\n').slice(0, -1);
          if (lines.length < count + 1) return;
          sent.destroy();
          const events = lines.map((line) => JSON.parse(line) as WatchEvent);
          resolve(events.flatMap((event) => (event.type === 'sample' ? [event.sample] : [])));
        });
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** One 28×28 image at a steady pace. */
function sendRequests(agent: AgentProcess, perSecond: number): { stop(): Promise<number> } {
  const data = new Array<number>(784).fill(0.5);
  const body = JSON.stringify({ inputs: [{ name: 'input', shape: [1, 1, 28, 28], datatype: 'FP32', data }] });
  let answered = 0;
  let isStopped = false;
  const loop = (async () => {
    let due = performance.now();
    while (!isStopped) {
      const answer = await agent.send('/v2/models/digits/infer', { body });
      if (answer.status !== 200) throw new Error(answer.body.toString());
      answered += 1;
      due += 1000 / perSecond;
      await delay(Math.max(0, due - performance.now()));
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await loop;
      return answered;
    },
  };
}

/** Starts an agent on a throw-away root and measures it once it has settled. Linux only. */
export async function measureAgentCost(options: AgentCostOptions): Promise<AgentCost> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-cost-'));
  const root = join(folder, 'root');
  mkdirSync(root);
  let agent: AgentProcess | null = null;
  try {
    const entry = join(
      await bundleAgent(fileURLToPath(new URL('../../', import.meta.url)), join(folder, 'agent')),
      'main.mjs',
    );
    const key = createTestKey();
    trustKey(root, key);
    const ortDir = fileURLToPath(
      new URL(`../../node_modules/onnxruntime-node/bin/napi-v6/linux/${process.arch}`, import.meta.url),
    );
    agent = await startAgent(root, {
      entry,
      nodeFlags: options.nodeFlags ?? AGENT_NODE_FLAGS,
      args: ['--ort', ortDir],
      env: AGENT_ENVIRONMENT,
    });
    if (options.withModel) await deployDirectly(agent, key, makeInstalledRelease(folder));
    const pid = agent.child.pid as number;
    const worker = options.withModel ? await workerPid(agent) : null;
    const stream = (options.isWatched ?? true) ? await readStream(agent) : null;
    const load = options.requestsPerS === undefined ? null : sendRequests(agent, options.requestsPerS);
    await delay(WARM_UP_S * 1000);
    const before = { agent: cpuNanos(pid), worker: worker === null ? 0 : cpuNanos(worker), atMs: performance.now() };
    await delay(options.seconds * 1000);
    const elapsedNs = (performance.now() - before.atMs) * 1e6;
    const cost = {
      agent: { cpuPercent: ((cpuNanos(pid) - before.agent) / elapsedNs) * 100, ...memoryOf(pid) },
      worker:
        worker === null
          ? null
          : { cpuPercent: ((cpuNanos(worker) - before.worker) / elapsedNs) * 100, ...memoryOf(worker) },
    };
    const requests = (await load?.stop()) ?? 0;
    stream?.stop();
    const samples = await lastSamples(agent, Math.min(options.seconds, 500));
    const late = samples.map((sample) => sample.agent.tickLateMs);
    const collect = samples.map((sample) => sample.agent.collectMs);
    return {
      seconds: options.seconds,
      ...cost,
      ticks: samples.length,
      missedTicks: samples.at(-1)?.agent.missedTicks ?? 0,
      tickLateP50Ms: quantile(late, 0.5),
      tickLateP99Ms: quantile(late, 0.99),
      collectP50Ms: quantile(collect, 0.5),
      collectP99Ms: quantile(collect, 0.99),
      requests,
    };
  } finally {
    await agent?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '30' },
      model: { type: 'boolean', default: false },
      rate: { type: 'string' },
      unwatched: { type: 'boolean', default: false },
      flags: { type: 'string' },
    },
  });
  const cost = await measureAgentCost({
    seconds: Number(values.seconds),
    withModel: values.model || values.rate !== undefined,
    isWatched: !values.unwatched,
    ...(values.rate === undefined ? {} : { requestsPerS: Number(values.rate) }),
    ...(values.flags === undefined ? {} : { nodeFlags: values.flags.split(' ').filter((flag) => flag !== '') }),
  });
  process.stdout.write(`${JSON.stringify(cost, null, 2)}\n`);
}
