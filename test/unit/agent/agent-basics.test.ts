// The small parts of the agent: flags, paths, lock, identity, restart delays, ticks, versions.
import { createHash, createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatAgentFlags, parseAgentFlags } from '../../../devices/agent/agent-flags.ts';
import { agentPaths, prepareAgentFolders } from '../../../devices/agent/agent-paths.ts';
import { loadIdentity } from '../../../devices/agent/identity.ts';
import { createRestartPolicy } from '../../../devices/agent/inference/restart-policy.ts';
import { defaultOrtDir, readOrtVersion } from '../../../devices/agent/inventory/ort-version.ts';
import { takeAgentLock } from '../../../devices/agent/single-instance.ts';
import { startTickTimer, type Tick } from '../../../devices/agent/telemetry/tick-timer.ts';
import { AGENT_VERSION } from '../../../devices/agent/version.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-basics-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('parseAgentFlags', () => {
  it('reads a full command line and writes it again', () => {
    const flags = parseAgentFlags([
      'daemonize',
      '--root',
      '/r',
      '--ort',
      '/o',
      '--start-mode',
      'cron',
      '--kit-id',
      'k1',
    ]);
    expect(flags).toEqual({ command: 'daemonize', root: '/r', ortDir: '/o', startMode: 'cron', kitId: 'k1' });
    expect(parseAgentFlags(formatAgentFlags(flags))).toEqual({ ...flags, command: 'run' });
  });

  it.each([
    [[]],
    [['--root']],
    [['fly', '--root', '/r']],
    [['--root', '/r', '--start-mode', 'hand']],
    [['--root', '/r', '--what']],
  ])('refuses %j as usage', (args) => {
    expect(() => parseAgentFlags(args)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('agentPaths', () => {
  it('keeps the socket below the root while the path fits, and elsewhere, for this user alone, when it does not', () => {
    expect(agentPaths('/r').socket).toBe('/r/run/agent.sock');
    const long = join(folder, 'x'.repeat(100));
    const paths = agentPaths(long);
    expect(Buffer.byteLength(paths.socket)).toBeLessThanOrEqual(100);
    expect(paths.socket).not.toBe(agentPaths(`${long}y`).socket);
    prepareAgentFolders(paths);
    expect(statSync(join(paths.socket, '..')).mode & 0o777).toBe(0o700);
    expect(statSync(paths.run).mode & 0o777).toBe(0o700);
    rmSync(join(paths.socket, '..'), { recursive: true });
  });
});

describe('takeAgentLock', () => {
  it('refuses a second holder in one sentence and lets the next one in after release', () => {
    const path = join(folder, 'lock');
    const release = takeAgentLock(path);
    expect(() => takeAgentLock(path)).toThrow(`already running for this root (process ${String(process.pid)})`);
    release();
    takeAgentLock(path)();
  });

  it.each(['{"pid":1,"startTicks":-5}', '{"pid":4194305,"startTicks":1}', 'half a fi'])(
    'replaces the lock of an owner that is gone: %s',
    (text) => {
      const path = join(folder, 'lock');
      writeFileSync(path, text);
      const release = takeAgentLock(path);
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
      release();
    },
  );
});

describe('loadIdentity', () => {
  it('makes a key once, for the owner alone, and names the device after its public half', () => {
    const { deviceId } = loadIdentity(folder);
    expect(loadIdentity(folder).deviceId).toBe(deviceId);
    expect(statSync(join(folder, 'key.pem')).mode & 0o777).toBe(0o600);
    const der = createPublicKey(readFileSync(join(folder, 'key.pem'))).export({ type: 'spki', format: 'der' });
    expect(deviceId).toBe(createHash('sha256').update(der).digest('hex'));
    rmSync(join(folder, 'key.pub.pem'));
    expect(loadIdentity(folder).deviceId).toBe(deviceId);
  });
});

describe('createRestartPolicy', () => {
  it('starts again at once, then later and later, and anew after a long life', () => {
    const policy = createRestartPolicy();
    expect([1, 2, 3, 4].map(() => policy.died(100))).toEqual([0, 250, 500, 1000]);
    expect(policy.isFailed).toBe(false);
    expect(policy.died(100)).toBe(2000);
    expect(policy.isFailed).toBe(true);
    for (let death = 0; death < 20; death += 1) expect(policy.died(100)).toBeLessThanOrEqual(30_000);
    expect(policy.died(60_000)).toBe(0);
    expect(policy.isFailed).toBe(false);
  });
});

describe('startTickTimer', () => {
  it('counts the ticks that a blocked process missed and keeps to its raster', async () => {
    const periodMs = 20;
    const ticks: Tick[] = [];
    await new Promise<void>((resolve) => {
      const stop = startTickTimer(periodMs, (tick) => {
        ticks.push(tick);
        if (ticks.length === 2) {
          const until = performance.now() + 5 * periodMs;
          while (performance.now() < until);
        }
        if (ticks.length === 5) {
          stop();
          resolve();
        }
      });
    });
    expect((ticks[2]?.missedTicks ?? 0) - (ticks[1]?.missedTicks ?? 0)).toBeGreaterThanOrEqual(4);
  });
});

describe('versions', () => {
  it('of the agent is that of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(AGENT_VERSION).toBe(version);
  });

  it('of ONNX Runtime is read from the library itself', () => {
    const { version } = JSON.parse(
      readFileSync(join(defaultOrtDir(), '..', '..', '..', '..', 'package.json'), 'utf8'),
    ) as { version: string };
    expect(readOrtVersion(defaultOrtDir())).toBe(version);
    writeFileSync(join(folder, 'libonnxruntime.so.1'), 'no library');
    expect(() => readOrtVersion(folder)).toThrow('does not say');
  });
});
