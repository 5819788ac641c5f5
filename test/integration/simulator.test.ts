// Simulated boxes: a real sshd each, with its own home and host key, and nothing left after it.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesWithMark } from '../../devices/simulator/box-processes.ts';
import { createLab, failureOf, type Lab, sshdObstacle } from '../helpers/sshd.ts';

describe.skipIf(sshdObstacle)('simulated boxes', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await createLab();
  });
  afterAll(() => lab.close());
  const markOf = (name: string) => `LINESIDE_BOX=${join(lab.directory, name)}`;

  it('stand side by side on addresses of their own, with their own homes and keys', async () => {
    const boxes = await Promise.all(
      [1, 2, 3].map((number) => lab.startBox(`side-${number}`, { address: `127.0.1.${number}` })),
    );
    expect(new Set(boxes.map((box) => box.hostKeyFingerprint())).size).toBe(3);
    for (const [index, box] of boxes.entries()) {
      expect(box.host).toBe(`127.0.1.${index + 1}`);
      const connection = await lab.connect(box);
      expect((await connection.exec('cd; touch here; pwd')).stdout).toBe(`${box.home}\n`);
      expect(await readdir(box.home)).toEqual(['here']);
      const other = boxes[(index + 1) % 3];
      const foreign = lab.connect(box, { auth: { kind: 'key', identityFile: other?.identityFile ?? '' } });
      expect((await failureOf(foreign)).code).toBe('SSH_AUTH_FAILED');
    }
  });

  it('have an environment that does not depend on who starts them and keeps them off this computer’s systemd and cron', async () => {
    process.env['LINESIDE_LEAK'] = 'secret';
    const box = await lab.startBox('clean', { environment: { LINESIDE_EXTRA: 'two words' } });
    delete process.env['LINESIDE_LEAK'];
    const { stdout } = await (await lab.connect(box)).exec('env');
    const lines = stdout.split('\n');
    expect(stdout).not.toContain('LINESIDE_LEAK');
    expect(lines).toContain('XDG_RUNTIME_DIR=');
    expect(lines).toContain('LINESIDE_START_MODES=detached');
    expect(lines).toContain('LINESIDE_EXTRA=two words');
    expect(lines).toContain(`HOME=${box.home}`);
  });

  it('can be killed and come back on the same port with the same key', async () => {
    const box = await lab.startBox('again');
    const connection = await lab.connect(box);
    await box.kill();
    expect((await connection.closed)?.code).toBe('SSH_CONNECTION_LOST');
    expect((await failureOf(lab.connect(box))).code).toBe('SSH_CONNECT_FAILED');
    await box.restart();
    expect((await (await lab.connect(box)).exec('echo back')).stdout).toBe('back\n');
  });

  it('can fall silent and wake up', async () => {
    const box = await lab.startBox('sleepy');
    const connection = await lab.connect(box, { keepaliveS: 0 });
    box.suspend();
    const answer = connection.exec('echo awake');
    expect((await failureOf(lab.connect(box, { timeoutMs: 300 }))).code).toBe('SSH_TIMEOUT');
    box.resume();
    expect((await answer).stdout).toBe('awake\n');
  });

  it('end what was started inside, also when it left its login, and delete nothing', async () => {
    const box = await lab.startBox('busy');
    const connection = await lab.connect(box);
    await mkdir(join(box.home, 'data'));
    await writeFile(join(box.home, 'data', 'mine'), 'kept');
    await connection.exec('setsid sleep 300 >/dev/null 2>&1 </dev/null &');
    await box.kill();
    expect(processesWithMark(markOf('busy')).length).toBeGreaterThan(0);
    await box.stop();
    expect(processesWithMark(markOf('busy'))).toEqual([]);
    expect(await readFile(join(box.home, 'data', 'mine'), 'utf8')).toBe('kept');
  });

  it('say why they do not start', async () => {
    const error = await failureOf(lab.startBox('broken', { extraConfig: ['NoSuchSetting yes'] }));
    expect(error.code).toBe('SSH_CONNECT_FAILED');
    expect(error.message).toContain('NoSuchSetting');
  });
});
