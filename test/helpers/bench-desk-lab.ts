// The agent's bench desk behind a real Unix socket, with a sidecar that misbehaves on demand, and the laptop's side of it.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchGate } from '../../devices/agent/bench/bench-gate.ts';
import { createBenchRoutes } from '../../devices/agent/bench/bench-routes.ts';
import { sendError, sendJson } from '../../devices/agent/server/respond.ts';
import { connectLocal } from '../../devices/link/connect-local.ts';
import type { Connection } from '../../devices/link/connection.ts';
import { acquireDeviceMachine } from '../../electron/backend/bench/device-machine.ts';
import type { BenchMachine, PlacedFile, RequestOptions } from '../../electron/backend/bench/machine.ts';
import { type AgentClient, openAgentClient } from '../../electron/backend/fleet/agent-client.ts';
import { BENCH_LEASE_SILENCE_MS } from '../../shared/agent-protocol/bench.ts';
import { AGENT_PROTOCOL_VERSION, AGENT_ROUTES, type AgentStatus } from '../../shared/agent-protocol/messages.ts';
import type { BenchPriority } from '../../shared/contract/bench-options.ts';

/** What the sidecar of the lab does for a request `idle` whose duration is one of these. */
export const MISBEHAVIOUR = {
  endlessLine: 1,
  segfault: 2,
  hang: 3,
  killed: 4,
  chatter: 5,
  samples: 6,
} as const;

/** Lines of samples that `MISBEHAVIOUR.samples` writes, each with its number in its 8 bytes. */
export const SAMPLE_LINES = 2_000;

const SIDECAR = `
import { createInterface } from 'node:readline';
import { getPriority } from 'node:os';
const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line);
  switch (request.kind === 'idle' ? request.durationMs : request.kind) {
    case ${MISBEHAVIOUR.endlessLine}: process.stdout.write('"' + 'x'.repeat(6 * 1024 * 1024)); break;
    case ${MISBEHAVIOUR.segfault}: process.stderr.write('about to fall'); process.kill(process.pid, 'SIGSEGV'); break;
    case ${MISBEHAVIOUR.hang}: break;
    case ${MISBEHAVIOUR.killed}: process.kill(process.pid, 'SIGKILL'); break;
    case ${MISBEHAVIOUR.chatter}: process.stdout.write('a library says hello\\n'); break;
    case ${MISBEHAVIOUR.samples}:
      for (let at = 0; at < ${SAMPLE_LINES}; at += 1) {
        const values = Buffer.alloc(4096);
        values.writeDoubleLE(at);
        say({ type: 'samples', base64: values.toString('base64') });
      }
      say({ type: 'idle', busy: null, pressure: null, load1: null });
      break;
    case 'check': say({ type: 'error', error: { code: 'MODEL_LOAD_FAILED', message: request.onnxPath, details: {}, retryable: false } }); break;
    default: say({ type: 'machine', fingerprint: { pid: process.pid, nice: getPriority(), environment: process.env, cwd: process.cwd() } });
  }
}).on('close', () => process.exit(0));
`;

/** What the lab's sidecar says for `machine`. */
export interface SidecarFacts {
  readonly pid: number;
  readonly nice: number;
  readonly environment: Record<string, string>;
  readonly cwd: string;
}

export interface BenchDeskLab {
  readonly root: string;
  readonly desk: BenchGate;
  /** What the agent says of itself; tests change it. */
  status: AgentStatus;
  served: number | null;
  connection(): Promise<Connection>;
  client(): Promise<AgentClient>;
  /** A lease on this device, closed with the lab. */
  acquire(priority?: BenchPriority): Promise<BenchMachine>;
  /** A file on the laptop. */
  file(path: string, content: string | Buffer): PlacedFile;
  close(): Promise<void>;
}

const IDLE: AgentStatus = {
  phase: 'idle',
  txn: null,
  serving: null,
  previous: null,
  candidate: null,
  worker: { state: 'none', pid: null, restarts: 0, lastExit: null },
  lastOutcome: null,
};

export const REQUEST: RequestOptions = { subject: 'The benchmark of digits:1', silenceMs: 20_000 };

export function digestOf(content: string | Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** `hasBench`: false for an agent of an older version. `silenceMs`: after which a laptop counts as gone. */
export async function openBenchDeskLab({
  hasBench = true,
  silenceMs = BENCH_LEASE_SILENCE_MS,
} = {}): Promise<BenchDeskLab> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-desk-'));
  const root = join(folder, 'root');
  mkdirSync(join(root, 'run'), { recursive: true });
  const runner = join(folder, 'sidecar.mjs');
  writeFileSync(runner, SIDECAR);
  const quiet = (): void => undefined;
  const ends: (() => unknown)[] = [];
  const desk = createBenchRoutes({
    root,
    ortDir: null,
    runner,
    log: { info: quiet, warn: quiet, error: quiet },
    status: () => lab.status,
    served: () => lab.served,
    silenceMs,
  });
  const server = await listen(join(root, 'run', 'agent.sock'), desk, hasBench);
  const connection = async (): Promise<Connection> => {
    const opened = connectLocal();
    ends.push(() => opened.close());
    return opened;
  };
  const lab: BenchDeskLab = {
    root,
    desk,
    status: IDLE,
    served: null,
    connection,
    client: async () => {
      const client = await openAgentClient(await connection(), root);
      ends.push(() => client.close());
      return client;
    },
    acquire: async (priority = 'normal') => {
      const machine = await acquireDeviceMachine({
        ref: { kind: 'device', name: 'box-1' },
        openAgent: async () => {
          const client = await openAgentClient(await connection(), root);
          return { client, release: () => client.close() };
        },
        priority,
        signal: new AbortController().signal,
      });
      ends.push(() => machine.close());
      return machine;
    },
    file: (path, content) => {
      const digest = digestOf(content);
      const localPath = join(folder, digest.slice(7));
      writeFileSync(localPath, content);
      return { path, localPath, digest, sizeBytes: Buffer.byteLength(content) };
    },
    close: async () => {
      for (const end of ends.toReversed()) await end();
      await desk.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return lab;
}

async function listen(socketPath: string, desk: BenchGate, hasBench: boolean): Promise<Server> {
  const hello = {
    ...{ protocolVersion: AGENT_PROTOCOL_VERSION, agentVersion: '0', kitId: 'test', deviceId: '0', root: '/', pid: 1 },
    ...{ startedAtMs: 0, bootId: '0', nodeVersion: '24', architecture: 'x64', hostname: 'box', startMode: 'detached' },
    inferencePort: null,
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://agent');
    if (url.pathname === AGENT_ROUTES.hello) sendJson(response, 200, hello);
    else if (hasBench) desk.handle(request, response, url).catch((error: unknown) => sendError(response, error));
    else
      sendJson(response, 404, {
        error: { code: 'NOT_FOUND', message: 'Nothing here.', details: {}, retryable: false },
      });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return server;
}
