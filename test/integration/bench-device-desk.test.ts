// The lease of a device from both ends, with a sidecar that misbehaves: what is refused, what is kept, and that nothing stays running.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBenchFiles } from '../../devices/agent/bench/bench-files.ts';
import { leasesFolder, PIDS_FOLDER, pidFileName, sweepBenchLeases } from '../../devices/agent/bench/bench-sweep.ts';
import { identifyProcess } from '../../devices/agent/process-identity.ts';
import type { BenchMachine, Sidecar } from '../../electron/backend/bench/machine.ts';
import { type BenchFilesResponse, type BenchLeaseEvent, benchPath } from '../../shared/agent-protocol/bench.ts';
import { AGENT_ROUTES } from '../../shared/agent-protocol/messages.ts';
import {
  type BenchDeskLab,
  digestOf,
  MISBEHAVIOUR,
  openBenchDeskLab,
  REQUEST,
  SAMPLE_LINES,
  type SidecarFacts,
} from '../helpers/bench-desk-lab.ts';
import { eventually } from '../helpers/eventually.ts';
import { failureOf } from '../helpers/sshd.ts';

let lab: BenchDeskLab;
beforeEach(async () => {
  lab = await openBenchDeskLab();
});
afterEach(() => lab.close());

const forever = (): AbortSignal => new AbortController().signal;

async function factsOf(sidecar: Sidecar): Promise<SidecarFacts> {
  const { fingerprint } = await sidecar.request({ kind: 'machine' }, REQUEST);
  return fingerprint as unknown as SidecarFacts;
}

function misbehave(sidecar: Sidecar, how: keyof typeof MISBEHAVIOUR, silenceMs = REQUEST.silenceMs) {
  return sidecar.request({ kind: 'idle', durationMs: MISBEHAVIOUR[how] }, { ...REQUEST, silenceMs });
}

/** Where the sidecar would look for a placed model: the lab's one says it as its error. */
async function pathFor(machine: BenchMachine, onnxPath: string): Promise<string> {
  const sidecar = machine.launch();
  const { message } = await failureOf(sidecar.request({ kind: 'check', onnxPath }, REQUEST));
  await sidecar.close();
  return message;
}

/** A lease without the laptop's own care for it. */
async function bareLease(of = lab) {
  const client = await of.client();
  const lines = client.channel.stream({
    method: 'POST',
    path: AGENT_ROUTES.bench,
    body: { priority: 'normal', holder: 'anna@laptop' },
  });
  const first = (await lines.next()).value as BenchLeaseEvent;
  if (first.type !== 'lease') throw new Error('no lease');
  const call = (method: string, rest: string, body?: unknown): Promise<unknown> =>
    client.channel.request({ method, path: benchPath(first.leaseId, rest), ...(body === undefined ? {} : { body }) });
  const put = (digest: string, bytes: Buffer, offset = 0): Promise<unknown> =>
    client.channel.put({
      path: `${benchPath(first.leaseId, 'objects', digest)}?offset=${offset}`,
      source: (async function* () {
        yield bytes;
      })(),
      length: bytes.length,
    });
  return { id: first.leaseId, client, lines, call, put };
}

describe('files of a model on a device', () => {
  it('are sent once, lie side by side under their own names, and are gone with the lease', async () => {
    const machine = await lab.acquire();
    const files = [lab.file('net.onnx', 'the graph'), lab.file('data/weights.bin', 'the weights')];
    let sentBytes = 0;
    const onnxPath = await machine.place(files, forever(), (sent) => {
      sentBytes = sent;
    });
    expect(sentBytes).toBe('the graph'.length + 'the weights'.length);
    const there = await pathFor(machine, onnxPath);
    expect(there.startsWith(`${leasesFolder(lab.root)}/`)).toBe(true);
    expect(readFileSync(there, 'utf8')).toBe('the graph');
    expect(readFileSync(join(there, '../data/weights.bin'), 'utf8')).toBe('the weights');
    await machine.close();
    expect(readdirSync(leasesFolder(lab.root))).toEqual([]);

    const next = await lab.acquire();
    const again: number[] = [];
    expect(await next.place(files, forever(), (sent) => again.push(sent))).toBe(onnxPath);
    expect(again).toEqual([]);
  });

  it('are taken from a release where they are there already', async () => {
    const content = 'served at this moment';
    const hex = digestOf(content).slice(7);
    mkdirSync(join(lab.root, 'objects', 'sha256', hex.slice(0, 2)), { recursive: true });
    const object = join(lab.root, 'objects', 'sha256', hex.slice(0, 2), hex);
    writeFileSync(object, content);
    const machine = await lab.acquire();
    const sent: number[] = [];
    const onnxPath = await machine.place([lab.file('net.onnx', content)], forever(), (bytes) => sent.push(bytes));
    expect(sent).toEqual([]);
    expect(readFileSync(await pathFor(machine, onnxPath), 'utf8')).toBe(content);
    await machine.close();
    expect(statSync(object).nlink).toBe(1);
  });

  it('are sent anew when what was kept is damaged', async () => {
    const file = lab.file('net.onnx', 'what it ought to be');
    const machine = await lab.acquire();
    await machine.place([file], forever());
    await machine.close();
    const kept = createKeptPath(file.digest);
    // Another program wrote over it: same length, other bytes.
    await eventually('nothing else names it', () => statSync(kept).nlink === 1);
    rmSync(kept);
    writeFileSync(kept, 'WHAT IT OUGHT TO BE');
    await lab.desk.close();
    const fresh = createBenchFiles(lab.root);
    const answer = await fresh.place(join(leasesFolder(lab.root), 'x'), [file]);
    expect(answer).toMatchObject({ onnxPath: null, missing: [{ digest: file.digest, offset: 0 }] });
  });

  it('go on after a cut where the verified part ends', async () => {
    const bytes = Buffer.alloc(3_000_000, 7);
    const file = { path: 'net.onnx', digest: digestOf(bytes), sizeBytes: bytes.length };
    const lease = await bareLease();
    await lease.call('POST', 'files', { files: [file] });
    await failureOf(lease.put(file.digest, bytes.subarray(0, 2_000_000)));
    lease.client.close();
    const next = await eventuallyLease();
    const { missing } = (await next.call('POST', 'files', { files: [file] })) as BenchFilesResponse;
    expect(missing).toMatchObject([{ offset: 2_000_000 }]);
    await next.put(file.digest, bytes.subarray(2_000_000), 2_000_000);
    expect(await next.call('POST', 'files', { files: [file] })).toMatchObject({ missing: [] });
  });

  it.each([
    ['../escape.onnx'],
    ['/etc/passwd'],
    ['a/../../b.onnx'],
    ['a//b.onnx'],
    ['./net.onnx'],
    [''],
    ['net\u0000.onnx'],
    ['..\\net.onnx'],
  ])('are refused at the path %j', async (path) => {
    const lease = await bareLease();
    const failure = await failureOf(
      lease.call('POST', 'files', { files: [{ path, digest: digestOf('x'), sizeBytes: 1 }] }),
    );
    expect(failure.code).toBe('INPUT_INVALID');
    expect(existsSync(join(lab.root, 'bench', 'incoming'))).toBe(false);
  });

  it('are refused before the first byte when the disk cannot hold them', async () => {
    const lease = await bareLease();
    const file = { path: 'net.onnx', digest: digestOf('x'), sizeBytes: 2 ** 52 };
    expect(await failureOf(lease.call('POST', 'files', { files: [file] }))).toMatchObject({ code: 'DEVICE_DISK_FULL' });
  });

  it('are refused when they are damaged, longer than declared, undeclared, or leave a hole', async () => {
    const lease = await bareLease();
    const file = { path: 'net.onnx', digest: digestOf('12345678'), sizeBytes: 8 };
    await lease.call('POST', 'files', { files: [file] });
    expect(await failureOf(lease.put(file.digest, Buffer.from('87654321')))).toMatchObject({
      code: 'TRANSFER_INTERRUPTED',
      retryable: true,
    });
    expect((await failureOf(lease.put(file.digest, Buffer.alloc(9)))).code).toBe('TRANSFER_INTERRUPTED');
    expect((await failureOf(lease.put(file.digest, Buffer.from('5678'), 4))).code).toBe('TRANSFER_INTERRUPTED');
    expect((await failureOf(lease.put(digestOf('other'), Buffer.from('other')))).code).toBe('NOT_FOUND');
    expect((await failureOf(lease.put('sha256:../../x', Buffer.from('x')))).code).toBe('INPUT_INVALID');
    await lease.put(file.digest, Buffer.from('12345678'));
    expect(await lease.call('POST', 'files', { files: [file] })).toMatchObject({ missing: [] });
  });

  it('are kept up to a limit, those that were used last', async () => {
    const machine = await lab.acquire();
    const files = [0, 1, 2].map((at) => lab.file('net.onnx', String(at).repeat(1000)));
    for (const file of files) await machine.place([file], forever());
    await machine.close();
    const kept = files.map(({ digest }) => createKeptPath(digest));
    for (const [at, path] of kept.entries()) utimesSync(path, 1000 + at, 1000 + at);
    await createBenchFiles(lab.root).trim(2000);
    expect(kept.map((path) => existsSync(path))).toEqual([false, true, true]);
  });
});

describe('a process on a device', () => {
  it('is told the place of a model and nothing else', async () => {
    const machine = await lab.acquire();
    const onnxPath = await machine.place([lab.file('net.onnx', 'x')], forever());
    const sidecar = machine.launch();
    for (const wrong of ['/etc/passwd', '../../identity/key', `${onnxPath}/..`, 'net.onnx']) {
      const failure = await failureOf(sidecar.request({ kind: 'check', onnxPath: wrong }, REQUEST));
      expect(failure.code).toBe('NOT_FOUND');
    }
    const unknown = { kind: 'read', onnxPath } as never;
    expect((await failureOf(sidecar.request(unknown, REQUEST))).code).toBe('INPUT_INVALID');
    expect(await pathFor(machine, onnxPath)).toContain(lab.root);
  });

  it('runs after everything else when that was asked for, without the settings of the agent itself', async () => {
    process.env['MALLOC_ARENA_MAX'] = '1';
    const low = await lab.acquire('low');
    const facts = await factsOf(low.launch());
    delete process.env['MALLOC_ARENA_MAX'];
    expect(facts).toMatchObject({ nice: 19, cwd: facts.environment['TMPDIR'] });
    expect(facts.environment).not.toHaveProperty('MALLOC_ARENA_MAX');
    await low.close();
    const normal = await lab.acquire();
    expect(await factsOf(normal.launch())).toMatchObject({ nice: 0 });
  });

  it('answers several requests; an error of the model does not end it', async () => {
    const machine = await lab.acquire();
    const onnxPath = await machine.place([lab.file('net.onnx', 'x')], forever());
    const sidecar = machine.launch();
    const { pid } = await factsOf(sidecar);
    const failure = await failureOf(sidecar.request({ kind: 'check', onnxPath }, REQUEST));
    expect(failure.code).toBe('MODEL_LOAD_FAILED');
    expect((await factsOf(sidecar)).pid).toBe(pid);
    await sidecar.close();
    expect(identifyProcess(pid)).toBeNull();
  });

  it.each([
    ['segfault', 'BENCH_CRASHED', /box-1.*SIGSEGV/],
    ['endlessLine', 'BENCH_CRASHED', /line of more than 4194304 bytes/],
    ['chatter', 'BENCH_CRASHED', /unexpected/],
    ['killed', 'BENCH_OUT_OF_MEMORY', /memory/],
  ] as const)('that does this ends alone: %s', async (how, code, text) => {
    const machine = await lab.acquire();
    const sidecar = machine.launch();
    const { pid } = await factsOf(sidecar);
    const failure = await failureOf(misbehave(sidecar, how));
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(text);
    if (how === 'segfault') expect(failure.details).toMatchObject({ stderr: 'about to fall' });
    await eventually('the process is gone', () => identifyProcess(pid) === null);
    expect((await factsOf(machine.launch())).pid).not.toBe(pid);
  });

  it('that falls silent is ended', async () => {
    const machine = await lab.acquire();
    const sidecar = machine.launch();
    const { pid } = await factsOf(sidecar);
    expect((await failureOf(misbehave(sidecar, 'hang', 300))).code).toBe('BENCH_TIMEOUT');
    expect(identifyProcess(pid)).toBeNull();
  });

  it('is ended with the request that the user cancels', async () => {
    const machine = await lab.acquire();
    const sidecar = machine.launch();
    const { pid } = await factsOf(sidecar);
    const cancel = new AbortController();
    const asked = sidecar.request(
      { kind: 'idle', durationMs: MISBEHAVIOUR.hang },
      { ...REQUEST, signal: cancel.signal },
    );
    cancel.abort();
    expect((await failureOf(asked)).code).toBe('CANCELLED');
    expect(identifyProcess(pid)).toBeNull();
  });

  it('hands its samples over in order, however slow they are taken', async () => {
    const machine = await lab.acquire();
    const numbers: number[] = [];
    await machine.launch().request(
      { kind: 'idle', durationMs: MISBEHAVIOUR.samples },
      {
        ...REQUEST,
        onSamples: async (bytes) => {
          if (numbers.length % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
          numbers.push(Buffer.from(bytes).readDoubleLE());
        },
      },
    );
    expect(numbers).toEqual(Array.from({ length: SAMPLE_LINES }, (_, at) => at));
  });

  it('is one of sixteen at most', async () => {
    const machine = await lab.acquire();
    const sidecars = Array.from({ length: 16 }, () => machine.launch());
    const pids = await Promise.all(sidecars.map(async (each) => (await factsOf(each)).pid));
    expect(new Set(pids).size).toBe(16);
    expect((await failureOf(factsOf(machine.launch()))).code).toBe('IN_USE');
    await machine.close();
    expect(pids.filter((pid) => identifyProcess(pid) !== null)).toEqual([]);
  });
});

describe('the lease of a device', () => {
  it('is held by one laptop at a time, and names it', async () => {
    const machine = await lab.acquire('exclusive');
    const failure = await failureOf(lab.acquire());
    expect(failure).toMatchObject({ code: 'DEVICE_BUSY', retryable: true, details: { priority: 'exclusive' } });
    await machine.close();
    await (await lab.acquire()).close();
  });

  it.each(['preflight', 'receiving', 'armed', 'switching', 'probation', 'rolling-back'] as const)(
    'is not given in the phase %s of a rollout',
    async (phase) => {
      const candidate = {
        ...{ releaseId: 'r', name: 'digits', version: '2.0.0', manifestDigest: 'd' },
        model: { name: 'digits', version: '2' },
      };
      lab.status = { ...lab.status, phase, candidate, txn: 'txn-12345' };
      const failure = await failureOf(lab.acquire());
      expect(failure.code).toBe('DEVICE_BUSY');
      expect(failure.message).toBe(
        `A rollout of digits 2.0.0 is under way on this device (phase ${phase}); start the benchmark when it has ended.`,
      );
    },
  );

  it('ends when a rollout begins, and is not given again before that has ended', async () => {
    const machine = await lab.acquire('low');
    const sidecar = machine.launch();
    const { pid } = await factsOf(sidecar);
    const asked = failureOf(misbehave(sidecar, 'hang'));
    lab.status = { ...lab.status, phase: 'preflight' };
    await lab.desk.makeWay();
    expect(identifyProcess(pid)).toBeNull();
    const failure = await asked;
    expect(failure.code).toBe('DEVICE_BENCH_STOPPED');
    expect(failure.message).toBe(
      'The benchmark of digits:1 was stopped because a rollout began on box-1; start it again when the rollout has ended.',
    );
    expect((await failureOf(factsOf(machine.launch()))).code).toBe('DEVICE_BUSY');
    lab.status = { ...lab.status, phase: 'idle' };
    expect((await factsOf(machine.launch())).pid).not.toBe(pid);
  });

  it('that is exclusive goes before a rollout', async () => {
    const machine = await lab.acquire('exclusive');
    const { pid } = await factsOf(machine.launch());
    const failure = await failureOf(lab.desk.makeWay());
    expect(failure.code).toBe('DEVICE_BUSY');
    expect(failure.message).toMatch(/runs an exclusive benchmark on this device/);
    expect(identifyProcess(pid)).not.toBeNull();
  });

  it('ends with the link of its laptop, and nothing of it stays', async () => {
    const lease = await bareLease();
    const lines = lease.client.channel.stream({ method: 'POST', path: benchPath(lease.id, 'processes') });
    expect((await lines.next()).value).toEqual({ type: 'started', process: 1 });
    const pidFiles = join(leasesFolder(lab.root), lease.id, PIDS_FOLDER);
    await eventually('the process is noted down', () => existsSync(pidFiles) && readdirSync(pidFiles).length === 1);
    const pid = Number(readdirSync(pidFiles)[0]?.split('-')[0]);
    expect(identifyProcess(pid)).not.toBeNull();
    lease.client.close();
    await eventually('the process is gone', () => identifyProcess(pid) === null);
    await eventually('its folder is gone', () => readdirSync(leasesFolder(lab.root)).length === 0);
    await failureOf(lines.next().then(() => lines.next()));
  });

  it('is taken anew, with its models, when the agent ended it', async () => {
    const machine = await lab.acquire();
    lab.served = 5;
    const onnxPath = await machine.place([lab.file('net.onnx', 'x')], forever());
    lab.served = 12;
    expect(await machine.servedRequests()).toBe(12);
    await lab.desk.makeWay();
    await eventually('the model is there again', async () => existsSync(await pathFor(machine, onnxPath)));
    lab.served = 15;
    expect(await machine.servedRequests()).toBe(15);
    lab.served = null;
    expect(await machine.servedRequests()).toBeNull();
  });

  it('ends when nothing is heard of its laptop, although the link stays open', async () => {
    const impatient = await openBenchDeskLab({ silenceMs: 1500 });
    try {
      const lease = await bareLease(impatient);
      const process = lease.client.channel.stream({ method: 'POST', path: benchPath(lease.id, 'processes') });
      await process.next();
      const end = process.next();
      // Each question is a sign of life: together they take longer than the silence that is allowed.
      for (let sign = 0; sign < 8; sign += 1) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        expect(await lease.client.channel.request({ path: benchPath(lease.id) })).toEqual({ servedRequests: null });
      }
      expect((await end).value).toEqual({ type: 'stopped', reason: 'silence' });
      expect((await lease.lines.next()).value).toEqual({ type: 'stopped', reason: 'silence' });
      expect(readdirSync(leasesFolder(impatient.root))).toEqual([]);
    } finally {
      await impatient.close();
    }
  });

  it('is unknown to an agent of an older version', async () => {
    const old = await openBenchDeskLab({ hasBench: false });
    try {
      expect(await failureOf(old.acquire())).toMatchObject({
        code: 'AGENT_INCOMPATIBLE',
        message: 'The agent on box-1 is too old for benchmarks; set the device up again.',
      });
    } finally {
      await old.close();
    }
  });
});

it('a new agent ends what one that was killed left', async () => {
  const orphan = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const ended = once(orphan, 'exit');
  const identity = identifyProcess(orphan.pid ?? -1);
  if (identity === null) throw new Error('no process');
  const notes = join(leasesFolder(lab.root), 'f'.repeat(32), PIDS_FOLDER);
  mkdirSync(notes, { recursive: true });
  writeFileSync(join(notes, pidFileName(identity)), '');
  // Another process has the id now: it must be left alone.
  writeFileSync(join(notes, pidFileName({ pid: process.pid, startTicks: 1 })), '');
  sweepBenchLeases(lab.root);
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(existsSync(leasesFolder(lab.root))).toBe(false);
});

function createKeptPath(digest: string): string {
  const hex = digest.slice(7);
  return join(lab.root, 'bench', 'objects', 'sha256', hex.slice(0, 2), hex);
}

/** The lease that becomes free when the device has noticed the end of the last one. */
async function eventuallyLease() {
  let lease: Awaited<ReturnType<typeof bareLease>> | null = null;
  await eventually('the lease is free', async () => {
    lease = await bareLease().catch(() => null);
    return lease !== null;
  });
  if (lease === null) throw new Error('no lease');
  return lease as Awaited<ReturnType<typeof bareLease>>;
}
