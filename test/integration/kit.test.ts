// The real kit on real boxes: first install, nothing sent twice, a failing kit, a cut, cancelled or full upload, removal.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildKit } from '../../devices/kit/build-kit.ts';
import { type InstallOptions, installKit } from '../../devices/kit/install-kit.ts';
import { createKit, createKitPart, type Kit } from '../../devices/kit/kit.ts';
import { measureKitFile } from '../../devices/kit/kit-file.ts';
import { loadPrebuiltKit, writeKit } from '../../devices/kit/prebuilt-kit.ts';
import { uninstallKit } from '../../devices/kit/uninstall-kit.ts';
import { openAgent } from '../../devices/link/agent-channel.ts';
import { connectLocal } from '../../devices/link/connect-local.ts';
import type { Connection } from '../../devices/link/connection.ts';
import type { SshdBox } from '../../devices/simulator/sshd-box.ts';
import { AGENT_ROUTES } from '../../shared/agent-protocol/messages.ts';
import { startFaultProxy } from '../helpers/fault-proxy.ts';
import { createLab, failureOf, type Lab, sshdObstacle } from '../helpers/sshd.ts';

const run = promisify(execFile);
const trustKeysJson = '{"schemaVersion":1,"keys":[]}\n';
const isRoot = process.getuid?.() === 0;
const isX64Linux = process.platform === 'linux' && process.arch === 'x64';
const obstacle =
  sshdObstacle ?? (isX64Linux ? undefined : 'the simulated boxes run on this computer, which is not linux x64');

let cacheDir = '';
let kit: Kit;
beforeAll(async () => {
  if (obstacle) return;
  cacheDir = await mkdtemp(join(tmpdir(), 'lineside-kits-'));
  kit = await buildKit({ architecture: 'x64', cacheDir });
});
afterAll(() => rm(cacheDir, { recursive: true, force: true }));

/** The kit with another main program, as a newer version would have. */
async function kitWithMain(text: string): Promise<Kit> {
  const folder = await mkdtemp(join(cacheDir, 'variant-'));
  const main = join(folder, 'main.mjs');
  await writeFile(main, text);
  const parts = await Promise.all(
    kit.parts.map(async (part) => {
      if (part.name !== 'agent') return part;
      const files = part.files.filter((file) => file.path !== 'main.mjs');
      return createKitPart('agent', '9.9.9', [...files, await measureKitFile('main.mjs', main, 0o644)]);
    }),
  );
  return createKit('x64', '9.9.9', parts);
}

/** A zombie that nobody has buried yet has no command line any more. */
function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

function incomingIn(root: string): string[] {
  return existsSync(join(root, 'kit'))
    ? readdirSync(join(root, 'kit')).filter((name) => name.startsWith('.incoming'))
    : [];
}

describe.skipIf(obstacle)('building', () => {
  it('gives the same ids again, and another one when a file changes', async () => {
    const again = await buildKit({ architecture: 'x64', cacheDir });
    expect(again).toEqual(kit);
    const changed = await kitWithMain('1');
    expect(changed.kitId).not.toBe(kit.kitId);
    expect(changed.parts[0]?.id).toBe(kit.parts[0]?.id);
  });

  it('holds programs that need nothing from node_modules', async () => {
    const agent = kit.parts.find((part) => part.name === 'agent');
    expect(agent?.files.map((file) => file.path)).toEqual([
      'bench-runner.mjs',
      'inventory-main.mjs',
      'main.mjs',
      'setup.mjs',
      'worker-main.mjs',
    ]);
    const main = agent?.files.find((file) => file.path === 'main.mjs')?.sourcePath ?? '';
    const lonely = await mkdtemp(join(tmpdir(), 'lineside-lonely-'));
    await writeFile(join(lonely, 'main.mjs'), readFileSync(main));
    const said = await run(process.execPath, [join(lonely, 'main.mjs'), 'connect', '--root', lonely]).catch(
      (error: unknown) => error,
    );
    expect(String((said as { stderr: string }).stderr)).toContain('No agent is running');
    await rm(lonely, { recursive: true, force: true });
  });

  it('is the same after it went through a package', async () => {
    const folder = join(cacheDir, 'package', 'kit-linux-x64');
    await writeKit(kit, folder);
    const loaded = await loadPrebuiltKit(folder);
    const without = (each: Kit) => each.parts.map((part) => part.files.map(({ sourcePath: _, ...file }) => file));
    expect([loaded.kitId, without(loaded)]).toEqual([kit.kitId, without(kit)]);
    const victim = loaded.parts[2]?.files[0]?.sourcePath ?? '';
    await writeFile(victim, 'short');
    expect((await failureOf(loadPrebuiltKit(folder))).code).toBe('KIT_UNAVAILABLE');
  });

  it('says what to do when the other architecture cannot be fetched', async () => {
    process.env['npm_config_registry'] = 'http://127.0.0.1:9/';
    process.env['npm_config_fetch_retries'] = '0';
    process.env['npm_config_cache'] = join(cacheDir, 'empty-npm-cache');
    try {
      const error = await failureOf(buildKit({ architecture: 'arm64', cacheDir: join(cacheDir, 'offline') }));
      expect(error.code).toBe('KIT_UNAVAILABLE');
      expect(error.message).toContain('package registry');
      expect(readdirSync(join(cacheDir, 'offline'))).toEqual([]);
    } finally {
      delete process.env['npm_config_registry'];
      delete process.env['npm_config_fetch_retries'];
      delete process.env['npm_config_cache'];
    }
  });
});

describe.skipIf(obstacle)('installing through SSH', () => {
  let lab: Lab;
  let box: SshdBox;
  let root = '';
  let connection: Connection;
  beforeEach(async () => {
    lab = await createLab();
    box = await lab.startBox('press');
    root = join(box.home, 'line side');
    connection = await lab.connect(box);
  });
  afterEach(() => lab.close());

  const optionsFor = (replaced: Partial<InstallOptions> = {}): InstallOptions => ({
    connection,
    kit,
    root,
    startMode: 'auto',
    trustKeysJson,
    ...replaced,
  });
  const askPid = async (): Promise<number> => {
    const channel = await openAgent(connection, { root });
    const hello = (await channel.request({ path: AGENT_ROUTES.hello })) as { pid: number };
    channel.close();
    return hello.pid;
  };

  it('brings up the agent on a fresh box; the second time it sends nothing and leaves the agent alone', async () => {
    const steps = new Set<string>();
    const first = await installKit(optionsFor({ onProgress: ({ step }) => steps.add(step) }));
    expect(first.startMode).toBe('detached');
    expect(first.agent).toMatchObject({ kitId: kit.kitId, root, startMode: 'detached' });
    expect(first.sentBytes).toBeGreaterThan(kit.parts.reduce((sum, part) => sum + part.sizeBytes, 0));
    expect([...steps]).toEqual([
      'Looking at the device',
      'Sending the kit',
      'Checking the kit on the device',
      'Starting the agent',
    ]);
    expect(statSync(join(root, 'trust', 'keys.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(root, 'trust', 'keys.json'), 'utf8')).toBe(trustKeysJson);
    expect(readdirSync(join(root, 'kit', 'parts')).toSorted()).toEqual(kit.parts.map((part) => part.id).toSorted());
    expect(incomingIn(root)).toEqual([]);

    const second = await installKit(optionsFor({ trustKeysJson: `${trustKeysJson} ` }));
    expect([second.sentBytes, second.agent.pid]).toEqual([0, first.agent.pid]);
    expect(readFileSync(join(root, 'trust', 'keys.json'), 'utf8')).toBe(`${trustKeysJson} `);

    await (await openAgent(connection, { root })).request({ method: 'POST', path: AGENT_ROUTES.shutdown });
    await expect.poll(() => existsSync(join(root, 'run', 'agent.json')), { timeout: 15_000 }).toBe(false);
    const third = await installKit(optionsFor());
    expect([third.sentBytes, third.agent.pid === first.agent.pid]).toEqual([0, false]);
  });

  it('sends only the changed part, and leaves the old agent in service when the new one does not start', async () => {
    const { agent } = await installKit(optionsFor({ isCompressed: true }));
    const broken = await kitWithMain("console.error('this version is broken'); process.exit(1);");
    const error = await failureOf(installKit(optionsFor({ kit: broken })));
    expect(error.code).toBe('AGENT_START_FAILED');
    expect(error.message).toContain('this version is broken');
    expect(error.details['isOldBack']).toBe(true);
    expect(await askPid()).not.toBe(agent.pid);
    expect(readdirSync(join(root, 'kit', 'parts')).toSorted()).toEqual(kit.parts.map((part) => part.id).toSorted());

    const newer = await kitWithMain(
      `${readFileSync(join(root, 'kit', 'parts', kit.parts[2]?.id ?? '', 'main.mjs'), 'utf8')}\n// newer`,
    );
    const update = await installKit(optionsFor({ kit: newer }));
    expect(update.agent.kitId).toBe(newer.kitId);
    expect(update.sentBytes).toBeLessThan(5 * 1024 * 1024);
    expect(readdirSync(join(root, 'kit', 'parts')).toSorted()).toEqual(newer.parts.map((part) => part.id).toSorted());
  });

  it('works where the server forbids sockets', async () => {
    const strict = await lab.startBox('strict', { extraConfig: ['AllowStreamLocalForwarding no'] });
    const narrow = await lab.connect(strict);
    const place = join(strict.home, 'lineside');
    await installKit(optionsFor({ connection: narrow, root: place }));
    const channel = await openAgent(narrow, { root: place });
    expect(channel.kind).toBe('bridge');
    expect(await channel.request({ path: AGENT_ROUTES.status })).toMatchObject({ phase: 'idle' });
    channel.close();
  });

  it('goes through after an upload that was cut, and sweeps what that left', async () => {
    const proxy = await startFaultProxy(box.host, box.port);
    lab.defer(() => proxy.close());
    const fragile = await lab.connect(box, { host: proxy.host, port: proxy.port });
    proxy.cut(30 * 1024 * 1024);
    const error = await failureOf(installKit(optionsFor({ connection: fragile })));
    expect(error.code).toBe('SSH_CONNECTION_LOST');
    expect(existsSync(join(root, 'kit', 'parts'))).toBe(false);
    expect(incomingIn(root)).toHaveLength(1);
    const { agent } = await installKit(optionsFor());
    expect(agent.kitId).toBe(kit.kitId);
    expect(incomingIn(root)).toEqual([]);
  });

  it('leaves nothing of a cancelled upload', async () => {
    const abort = new AbortController();
    const onProgress: InstallOptions['onProgress'] = ({ done, unit }) => {
      if (unit === 'bytes' && done > 20 * 1024 * 1024) abort.abort();
    };
    const error = await failureOf(installKit(optionsFor({ signal: abort.signal, onProgress })));
    expect(error.code).toBe('CANCELLED');
    expect(incomingIn(root)).toEqual([]);
    expect((await connection.exec('echo still connected')).code).toBe(0);
  });

  it('refuses a part whose bytes were damaged on the way', async () => {
    const agent = kit.parts[2];
    if (!agent) throw new Error('the kit has an agent part');
    const files = agent.files.map((file) => (file.path === 'main.mjs' ? { ...file, sha256: '0'.repeat(64) } : file));
    const damaged = { ...kit, parts: [...kit.parts.slice(0, 2), { ...agent, files }] };
    const error = await failureOf(installKit(optionsFor({ kit: damaged })));
    expect(error.code).toBe('TRANSFER_INTERRUPTED');
    expect(incomingIn(root)).toEqual([]);
    expect(existsSync(join(root, 'kit', 'launch'))).toBe(false);
  });

  it('refuses a folder with other things in it, for another architecture, and a mode that the box does not allow', async () => {
    await mkdir(join(box.home, 'docs'));
    await writeFile(join(box.home, 'docs', 'letter'), '');
    const foreign = join(box.home, 'docs');
    expect((await failureOf(installKit(optionsFor({ root: foreign })))).code).toBe('INPUT_INVALID');
    expect((await failureOf(uninstallKit({ connection, root: foreign }))).code).toBe('INPUT_INVALID');
    expect((await failureOf(installKit(optionsFor({ kit: { ...kit, architecture: 'arm64' } })))).code).toBe(
      'DEVICE_UNSUPPORTED',
    );
    expect((await failureOf(installKit(optionsFor({ root: 'relative' })))).code).toBe('INPUT_INVALID');
    expect((await failureOf(installKit(optionsFor({ startMode: 'systemd' })))).code).toBe('DEVICE_UNSUPPORTED');
    expect(existsSync(join(foreign, 'letter'))).toBe(true);
  });

  it('removes everything and ends the agent', async () => {
    const { agent } = await installKit(optionsFor());
    expect(await uninstallKit({ connection, root })).toEqual({ isRemoved: true });
    expect(readdirSync(box.home)).toEqual([]);
    expect(isRunning(agent.pid)).toBe(false);
    expect(await uninstallKit({ connection, root })).toEqual({ isRemoved: false });
  });

  describe.skipIf(!isRoot)('on a small disk (needs root to mount one)', () => {
    const mountSmall = async (sizeMib: number): Promise<string> => {
      const place = join(box.home, `small-${sizeMib}`);
      await mkdir(place);
      await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', place]);
      lab.defer(() => run('umount', ['-l', place]));
      return join(place, 'lineside');
    };

    it('says how much room is missing before it sends anything', async () => {
      const small = await mountSmall(50);
      const error = await failureOf(installKit(optionsFor({ root: small })));
      expect(error.code).toBe('DEVICE_DISK_FULL');
      expect(error.message).toContain('MiB');
      expect(existsSync(small)).toBe(false);
    });

    it('says so when the disk becomes full on the way, and leaves no half upload', async () => {
      const small = await mountSmall(260);
      const filler = join(small, '..', 'filler');
      // What Lineside has measured as free is taken by someone else as soon as the upload has begun.
      const filling: Promise<unknown>[] = [];
      const onProgress: InstallOptions['onProgress'] = ({ unit }) => {
        if (unit !== 'bytes' || filling.length > 0) return;
        filling.push(connection.exec(`head -c 150000000 /dev/zero > '${filler}'`));
      };
      const error = await failureOf(installKit(optionsFor({ root: small, onProgress })));
      await Promise.all(filling);
      expect(error.code).toBe('DEVICE_DISK_FULL');
      expect(incomingIn(small)).toEqual([]);
      await rm(filler);
      expect((await installKit(optionsFor({ root: small }))).agent.kitId).toBe(kit.kitId);
    });
  });
});

describe.skipIf(obstacle)('installing on this computer', () => {
  it('needs no SSH', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lineside-here-'));
    const connection = connectLocal();
    const root = join(directory, 'lineside');
    try {
      const { startMode } = await installKit({ connection, kit, root, startMode: 'detached', trustKeysJson });
      expect(startMode).toBe('detached');
      const channel = await openAgent(connection, { root });
      expect(await channel.request({ path: AGENT_ROUTES.hello })).toMatchObject({ kitId: kit.kitId });
      channel.close();
    } finally {
      expect(await uninstallKit({ connection, root })).toEqual({ isRemoved: true });
      await connection.close();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
