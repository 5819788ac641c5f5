// `npm run demo`: the main job on embedded defaults with throw-away boxes, then the live console until Ctrl-C.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRouterClient } from '@orpc/server';
import { findSshd } from '../../devices/simulator/find-sshd.ts';
import type { DeviceView } from '../../shared/contract/devices.ts';
import { formatBytes, formatMs, formatPercent } from '../../shared/domain/quantities.ts';
import { AppError, cancelled } from '../../shared/errors/app-error.ts';
import { createBackend } from '../backend/create-backend.ts';
import { reportError } from './cli/session.ts';
import { createTerminal, type Terminal } from './cli/terminal.ts';
import { startDemoBoxes } from './demo/boxes.ts';
import { runMainJob } from './demo/main-job.ts';
import { createSteps } from './demo/steps.ts';
import { createNodePorts } from './node-ports.ts';
import { pageFolder } from './serve/page-folder.ts';
import { startServer } from './serve/start-server.ts';

interface DemoOptions {
  readonly once: boolean;
  readonly json: boolean;
}

async function runDemo({ once, json }: DemoOptions, signal: AbortSignal): Promise<void> {
  const terminal = createTerminal(json);
  const steps = createSteps(terminal, signal);
  const baseDir = await mkdtemp(join(tmpdir(), 'lineside-demo-'));
  const ports = createNodePorts({ host: 'serve', dataDir: join(baseDir, 'data') });
  const backend = await createBackend(ports);
  const client = createRouterClient(backend.router);
  let stopBoxes = (): Promise<void> => Promise.resolve();
  let devices: readonly string[] = [];
  try {
    if (ports.sampleModelPath === null)
      throw new AppError(
        'FILE_NOT_FOUND',
        'The sample model is missing from this installation; install Lineside again.',
      );
    const { boxes } = await steps.run(
      findSshd() === null ? 'Look for an SSH server' : 'Start two throw-away boxes',
      async () => {
        const started = await startDemoBoxes(baseDir);
        stopBoxes = started.stop;
        const places = started.boxes.map(({ address }) => address).join(', ');
        return {
          value: started,
          result:
            started.sshd === null
              ? 'no sshd here (install the openssh-server package): going on with this computer alone'
              : `real sshd at ${places}`,
        };
      },
    );
    devices = boxes.map(({ name }) => name);
    const views = await runMainJob({ client, terminal, signal, steps }, ports.sampleModelPath, boxes);
    terminal.line();
    printTables(terminal, steps.reports, views);
    terminal.json({ steps: steps.reports, devices: views });
    if (!once) {
      const server = await startServer({
        router: backend.router,
        dataDir: ports.dataDir,
        log: ports.log,
        page: await pageFolder(),
      });
      terminal.line(`\nThe live console is at ${server.newLink()} until you press Ctrl-C.`);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await server.close();
    }
  } finally {
    terminal.progress('Taking everything down …');
    for (const name of devices)
      await client.devices
        .remove({ name, uninstall: true })
        .catch((error: unknown) => ports.log.warn({ err: error, name }, 'a demo box was not taken down cleanly'));
    await backend.dispose();
    await stopBoxes();
    await rm(baseDir, { recursive: true, force: true });
    terminal.settle();
  }
}

function printTables(
  terminal: Terminal,
  steps: ReturnType<typeof createSteps>['reports'],
  views: readonly DeviceView[],
): void {
  terminal.table(
    ['step', 'seconds>', 'measured'],
    steps.map(({ step, seconds, result }) => [step, seconds.toFixed(2), result]),
  );
  terminal.line();
  terminal.table(
    ['device', 'serves', 'inferences>', 'errors>', 'p95>', 'cpu>', 'memory free>', 'agent cpu>', 'agent memory>'],
    views.map(({ device, status, sample }) => [
      device.name,
      status?.serving ? `${status.serving.name}:${status.serving.version}` : '–',
      String(sample?.inference.requestsTotal ?? 0),
      String(sample?.inference.errorsTotal ?? 0),
      formatMs(sample?.inference.p95Ms ?? null),
      formatPercent(sample?.cpu.utilization ?? null),
      sample?.memory.availableBytes ? formatBytes(sample.memory.availableBytes) : '–',
      formatPercent(sample?.agent.cpu ?? null),
      formatBytes(sample?.agent.rssBytes ?? 0),
    ]),
  );
}

async function main(): Promise<number> {
  const isJson = process.argv.includes('--json');
  const interrupt = new AbortController();
  const stop = (): void => {
    if (interrupt.signal.aborted) process.exit(5);
    interrupt.abort(cancelled('The demo'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    const { values } = parseArgs({
      options: { once: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
    });
    await runDemo(values, interrupt.signal);
    return 0;
  } catch (thrown) {
    const isUsage = thrown instanceof TypeError && 'code' in thrown && String(thrown.code).startsWith('ERR_PARSE_ARGS');
    return reportError(isUsage ? new AppError('USAGE', thrown.message) : thrown, isJson);
  }
}

process.exit(await main());
