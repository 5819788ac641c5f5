// The agent as a process: its socket, its single instance, its live stream, and the commands that start, reach and stop it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AGENT_ROUTES,
  agentHelloSchema,
  agentStatusSchema,
  inventorySchema,
  type WatchEvent,
  watchEventSchema,
} from '../../shared/agent-protocol/messages.ts';
import { AGENT_ENTRY, type AgentProcess, sendTo, startAgent } from '../helpers/agent-process.ts';
import { eventually } from '../helpers/eventually.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-agent-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [AGENT_ENTRY, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: status, stdout, stderr };
}

/** Opens the live stream; every parsed line is added to `events`. */
function watch(socketPath: string, history = 0): { events: WatchEvent[]; stop(): void } {
  const events: WatchEvent[] = [];
  const socket = connect(socketPath);
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const lines = text.split('\r\n').flatMap((chunk) => chunk.split('\n'));
    text = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) events.push(watchEventSchema.parse(JSON.parse(line)));
  });
  socket.on('error', () => {});
  socket.write(`GET ${AGENT_ROUTES.watch}?history=${String(history)} HTTP/1.1\r\nHost: a\r\n\r\n`);
  return { events, stop: () => socket.destroy() };
}

describe('a running agent', () => {
  let agent: AgentProcess;
  beforeAll(async () => {
    agent = await startAgent(join(folder, 'running'));
  });
  afterAll(async () => await agent.stop());

  it('introduces itself', async () => {
    const hello = agentHelloSchema.parse(await agent.hello());
    expect(hello).toMatchObject({
      root: agent.root,
      pid: agent.child.pid,
      protocolVersion: 1,
      startMode: 'detached',
      architecture: process.arch,
    });
    expect(hello.deviceId).toMatch(/^[0-9a-f]{64}$/);
    const record = JSON.parse(readFileSync(join(agent.root, 'run', 'agent.json'), 'utf8')) as unknown;
    expect(record).toMatchObject({ pid: hello.pid, socketPath: agent.socketPath });
  });

  it('listens for its owner alone', () => {
    expect(statSync(agent.socketPath).mode & 0o777).toBe(0o600);
    expect(statSync(join(agent.root, 'run')).mode & 0o777).toBe(0o700);
  });

  it('answers its status with nothing served', async () => {
    const status = agentStatusSchema.parse(await agent.json(AGENT_ROUTES.status));
    expect(status).toMatchObject({ phase: 'idle', serving: null, worker: { state: 'none', pid: null } });
  });

  it('takes the inventory with the version of the runtime in it', async () => {
    const inventory = inventorySchema.parse(await agent.json(AGENT_ROUTES.inventory));
    expect(inventory.memoryBytes).toBeGreaterThan(0);
    expect(inventory.onnxruntimeVersion).toMatch(/^\d+\.\d+\.\d+$/);
    expect(inventory.cpu.cores).toBeGreaterThan(0);
    const cached = JSON.parse(readFileSync(join(agent.root, 'var', 'inventory.json'), 'utf8')) as { bootId: string };
    expect(cached.bootId).toBe((await agent.hello()).bootId);
  });

  it('streams a status first, then past samples, then live ones without a hole', async () => {
    const first = watch(agent.socketPath);
    await eventually('two live samples', () => first.events.filter((event) => event.type === 'sample').length >= 2);
    first.stop();
    expect(first.events[0]?.type).toBe('status');
    const second = watch(agent.socketPath, 2);
    await eventually(
      'history and a live sample',
      () => second.events.filter((event) => event.type === 'sample').length >= 4,
    );
    second.stop();
    const seqs = second.events.flatMap((event) => (event.type === 'sample' ? [event.sample.seq] : []));
    expect(second.events[0]?.type).toBe('status');
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
  });

  it.each([
    ['GET', '/v1/nothing', undefined, 404, 'NOT_FOUND'],
    ['POST', '/v1/transactions', '{', 400, 'INPUT_INVALID'],
    ['POST', '/v1/transactions', '{"txn":"x"}', 400, 'INPUT_INVALID'],
    ['POST', '/v1/transactions', 'x'.repeat(5_000_000), 400, 'INPUT_INVALID'],
    ['PUT', '/v1/objects/sha256:12?txn=abcdefgh', 'x', 400, 'INPUT_INVALID'],
    ['PUT', `/v1/objects/sha256:${'0'.repeat(64)}?txn=abcdefgh&offset=-1`, 'x', 400, 'INPUT_INVALID'],
    ['PUT', `/v1/objects/sha256:${'0'.repeat(64)}?txn=abcdefgh&offset=0`, 'x'.repeat(1_000_000), 404, 'NOT_FOUND'],
    ['POST', '/v1/transactions/abcdefgh/prepare', undefined, 404, 'NOT_FOUND'],
    ['POST', '/v1/rollback', undefined, 404, 'NOT_FOUND'],
    ['GET', '/v1/watch?history=x', undefined, 400, 'INPUT_INVALID'],
  ])('answers %s %s with a plain error', async (method, path, body, status, code) => {
    const answer = await agent.send(path, { method, ...(body === undefined ? {} : { body }) });
    const { error } = JSON.parse(answer.body.toString()) as { error: { code: string; message: string } };
    expect({ status: answer.status, code: error.code }).toEqual({ status, code });
    expect(error.message).toMatch(/\.$/);
  });

  it('serves nothing but inference on its TCP port', async () => {
    const { inferencePort } = await agent.hello();
    const get = async (path: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${String(inferencePort)}${path}`)).status;
    expect(await get('/v2/health/live')).toBe(200);
    expect(await get('/v2/health/ready')).toBe(503);
    expect(await get(AGENT_ROUTES.hello)).toBe(404);
    expect(await get(AGENT_ROUTES.shutdown)).toBe(404);
  });

  it('refuses a second agent for its root in one sentence', () => {
    const second = run('--root', agent.root);
    expect(second.code).toBe(1);
    expect(second.stderr.trim()).toBe(
      `An agent is already running for this root (process ${String(agent.child.pid)}); stop it first.`,
    );
  });

  it('is reached through the stdio bridge as well', async () => {
    const bridge: ChildProcess = spawn(process.execPath, [AGENT_ENTRY, 'connect', '--root', agent.root], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let text = '';
    bridge.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    bridge.stdin?.write(`GET ${AGENT_ROUTES.hello} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const code = await new Promise((resolve) => bridge.once('close', resolve));
    expect(text).toContain('HTTP/1.1 200 OK');
    expect(text).toContain(`"pid":${String(agent.child.pid)}`);
    expect(code).toBe(0);
  });
});

describe('an agent that was killed', () => {
  it('is replaced by the next one, with the same identity and port', async () => {
    const root = join(folder, 'killed');
    const first = await startAgent(root);
    const before = await first.hello();
    first.child.kill('SIGKILL');
    await new Promise((resolve) => first.child.once('exit', resolve));
    const second = await startAgent(root);
    const after = await second.hello();
    await second.stop();
    expect(after).toMatchObject({ deviceId: before.deviceId, inferencePort: before.inferencePort });
  });
});

describe('daemonize, connect and stop', () => {
  it('start an agent that outlives its starter, and end it', async () => {
    const root = join(folder, 'detached');
    mkdirSync(root);
    const started = run('daemonize', '--root', root, '--kit-id', 'kit-1', '--start-mode', 'cron');
    expect(started).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^The agent is running as process \d+\.\n$/) as string,
    });
    const hello = JSON.parse((await sendTo(join(root, 'run', 'agent.sock'), AGENT_ROUTES.hello)).body.toString()) as {
      pid: number;
    };
    expect(hello).toMatchObject({ kitId: 'kit-1', startMode: 'cron' });
    // A session of its own, led by the keeper: field 6 of /proc/PID/stat is the session, field 4 the parent.
    const stat = readFileSync(`/proc/${String(hello.pid)}/stat`, 'latin1');
    const [, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    expect(session).toBe(parent);
    expect(run('daemonize', '--root', root)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('already running') as string,
    });
    expect(readFileSync(join(root, 'var', 'agent.log'), 'utf8')).toContain('The agent serves.');
    const stopped = run('stop', '--root', root);
    expect(stopped).toMatchObject({ code: 0, stdout: `The agent (process ${String(hello.pid)}) has stopped.\n` });
    expect(run('stop', '--root', root)).toMatchObject({ code: 0, stdout: 'No agent was running.\n' });
    expect(run('connect', '--root', root)).toMatchObject({
      code: 1,
      stderr: `No agent is running for ${root}; start it first.\n`,
    });
  });

  it('start it again when it is killed, and not when it was stopped', async () => {
    const root = join(folder, 'kept');
    mkdirSync(root);
    expect(run('daemonize', '--root', root).code).toBe(0);
    const socket = join(root, 'run', 'agent.sock');
    const pidNow = async (): Promise<number> => {
      const answer = await sendTo(socket, AGENT_ROUTES.hello).catch(() => null);
      return answer === null ? 0 : (JSON.parse(answer.body.toString()) as { pid: number }).pid;
    };
    const first = await pidNow();
    process.kill(first, 'SIGKILL');
    await eventually('another agent answers', async () => {
      const pid = await pidNow();
      return pid !== 0 && pid !== first;
    });
    expect(run('stop', '--root', root).code).toBe(0);
    // The keeper's own end shows that nothing will start it again.
    await eventually('the keeper has ended', () => !keepers().some((line) => line.includes(root)));
    expect(await pidNow()).toBe(0);
  });

  it('say in one line why an agent cannot start', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const started = run('daemonize', '--root', file);
    expect(started.code).toBe(1);
    expect(started.stderr).toMatch(/^The agent cannot write below .*\n$/);
  });
});

/** Command lines of the keepers that run now. */
function keepers(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return []; // It ended while we looked.
      }
    })
    .filter((line) => line.includes('lineside-keeper'));
}
