// Puts the agent together: lock, identity, telemetry, inference, releases and the two servers; and takes it apart again.
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { hostname } from 'node:os';
import {
  AGENT_PROTOCOL_VERSION,
  type AgentEvent,
  type AgentHello,
  type AgentStatus,
} from '../../shared/agent-protocol/messages.ts';
import { toAppError } from '../../shared/errors/app-error.ts';
import type { AgentFlags } from './agent-flags.ts';
import { agentPaths, prepareAgentFolders } from './agent-paths.ts';
import { removeAgentRecord, writeAgentRecord } from './agent-record.ts';
import { createBenchGate } from './bench/bench-gate.ts';
import { loadIdentity } from './identity.ts';
import { createInferenceHost } from './inference/create-inference-host.ts';
import { loadInventory } from './inventory/inventory.ts';
import { defaultOrtDir, readOrtVersion } from './inventory/ort-version.ts';
import type { Log } from './log.ts';
import { trimLogFile } from './log-file.ts';
import { createServer } from './node-http.ts';
import { createReleaseEngine } from './release/release-engine.ts';
import { listenOnServePort } from './serve-port.ts';
import { createOipRoutes } from './server/oip-routes.ts';
import { createAgentHandler, createInferenceHandler } from './server/request-handler.ts';
import { createWatchHub } from './server/watch-stream.ts';
import { takeAgentLock } from './single-instance.ts';
import { createSampleHistory } from './telemetry/sample-history.ts';
import { startTelemetry } from './telemetry/telemetry.ts';
import { listenOnSocket } from './unix-listener.ts';
import { AGENT_VERSION } from './version.ts';

export interface RunningAgent {
  readonly socketPath: string;
  readonly inferencePort: number | null;
  /** Resolves when the agent has ended, whoever asked for it. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly log: Log;
  /** Put before /proc and /sys; empty on a real device. */
  readonly sysRoot: string;
}

/** Ten minutes at one sample a second. */
const HISTORY_SAMPLES = 600;
const HISTORY_BYTES = 1024 * 1024;
const LOG_CHECK_MS = 60_000;
/** What is still open after this is cut off. */
const CLOSE_GRACE_MS = 7_000;

/** @throws IN_USE when an agent runs for this root already, DEVICE_UNSUPPORTED, or the system's error. */
export async function runAgent(flags: AgentFlags, { log, sysRoot }: RunOptions): Promise<RunningAgent> {
  const paths = agentPaths(flags.root);
  prepareAgentFolders(paths);
  const releaseLock = takeAgentLock(paths.lock);
  const startedAtMs = Date.now();
  const { deviceId } = loadIdentity(paths.identity);
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();

  const runtimeVersion = ortVersionOrNone(flags.ortDir, log);
  const inference = createInferenceHost({ ortDir: flags.ortDir, compileCacheDir: paths.compileCache, log, onEvent });
  const bench = createBenchGate({ root: flags.root, ortDir: flags.ortDir, log, status, served });
  const makeWay = (): Promise<void> => bench.makeWay();
  const engine = createReleaseEngine({ root: flags.root, inference, log, runtimeVersion, emit: publish, makeWay });
  const watch = createWatchHub(createSampleHistory(HISTORY_SAMPLES, HISTORY_BYTES), status);
  const inventory = loadInventory({ cachePath: paths.inventory, bootId, kitId: flags.kitId, ortDir: flags.ortDir });
  inventory.catch((error: unknown) => log.error(toAppError(error).message, { details: toAppError(error).details }));

  function status(): AgentStatus {
    return { ...engine.status(), worker: inference.workerStatus() };
  }

  function served(): number | null {
    return inference.served() === null ? null : inference.stats().requestsTotal;
  }

  function publish(event: AgentEvent): void {
    watch.event(event);
    watch.status();
  }

  function onEvent(kind: AgentEvent['kind'], message: string, details: Record<string, unknown>): void {
    publish({ timeMs: Date.now(), kind, message, details });
  }

  function hello(): AgentHello {
    return {
      protocolVersion: AGENT_PROTOCOL_VERSION,
      agentVersion: AGENT_VERSION,
      kitId: flags.kitId,
      deviceId,
      root: flags.root,
      pid: process.pid,
      startedAtMs,
      bootId,
      nodeVersion: process.versions.node,
      architecture: process.arch,
      hostname: hostname(),
      startMode: flags.startMode,
      inferencePort,
    };
  }

  const oip = createOipRoutes(inference, AGENT_VERSION);
  // Uploads of large objects over slow links may take hours, so a request has no time limit of its own here.
  const socketServer = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 });
  const tcpServer = createServer({ requestTimeout: 120_000, keepAliveTimeout: 60_000 }, createInferenceHandler(oip));
  const inferencePort = await listenOnServePort(tcpServer, paths.servePort);
  const recovered = engine.recover();
  socketServer.on(
    'request',
    createAgentHandler({
      hello,
      inventory: () => inventory,
      status,
      engine,
      recovered,
      watch,
      oip,
      bench,
      log,
      shutdown: () => void close(),
    }),
  );
  await listenOnSocket(socketServer, paths.socket);
  writeAgentRecord(paths, { startedAtMs, kitId: flags.kitId });
  const telemetry = startTelemetry({ sysRoot, root: flags.root, inference, watch });
  const logCheck = setInterval(() => trimLogFile(paths.log), LOG_CHECK_MS).unref();
  log.info('The agent serves.', {
    socket: paths.socket,
    inferencePort,
    startMode: flags.startMode,
    kitId: flags.kitId,
  });
  recovered.then(
    () => onEvent('agent-started', `The agent ${AGENT_VERSION} started.`, { pid: process.pid }),
    (error: unknown) => {
      log.error(toAppError(error).message, { stack: error instanceof Error ? error.stack : undefined });
      onEvent('warning', toAppError(error).message, {});
    },
  );

  let closing: Promise<void> | null = null;
  const closed = Promise.withResolvers<void>();

  function close(): Promise<void> {
    closing ??= closeAll().then(closed.resolve, closed.reject);
    return closing;
  }

  async function closeAll(): Promise<void> {
    log.info('The agent is stopping.');
    telemetry.close();
    clearInterval(logCheck);
    watch.close();
    const servers = [closeServer(socketServer), closeServer(tcpServer)];
    await bench.close();
    await engine.close();
    await inference.close();
    await Promise.all(servers);
    removeAgentRecord(paths);
    releaseLock();
  }

  return { socketPath: paths.socket, inferencePort, closed: closed.promise, close };
}

/** Without the library the agent still reports telemetry; every bundle is refused with this version in the sentence. */
function ortVersionOrNone(ortDir: string | null, log: Log): string {
  try {
    return readOrtVersion(ortDir ?? defaultOrtDir());
  } catch (error) {
    log.error('ONNX Runtime is missing or damaged; install the device kit again.', {
      reason: toAppError(error).message,
    });
    return '0.0.0';
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(grace);
      resolve();
    });
    server.closeIdleConnections();
  });
}
