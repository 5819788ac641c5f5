// The `lineside` command and what people get wrong on the laptop: names, files, full disks, Ctrl-C. One sentence, the right exit code, nothing left behind.
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cli, createCli, errorLine } from '../helpers/cli.ts';
import { eventually } from '../helpers/eventually.ts';
import { writeLargeModel } from '../helpers/large-model.ts';
import { fixtureModel, SAMPLE_MODEL } from '../helpers/road.ts';

type Wrong = readonly [args: readonly string[], code: string, exit: number];

describe('lineside with bad input', () => {
  let dir: string;
  let dataDir: string;
  let cli: Cli;
  const at = (name: string): string => join(dir, name);

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lineside-cli-'));
    dataDir = at('data');
    await mkdir(dataDir);
    cli = createCli(dataDir);
    await cli.json('keys', 'init');
    await cli.json('model', 'import', SAMPLE_MODEL, '--name', 'digits');
    await cli.json('bundle', 'create', 'digits', '--name', 'digits', '--version', '1.0.0', '--golden-cases', '1');
    await cli.json('bundle', 'export', 'digits', at('digits.tar'));
    await mkdir(at('folder'));
    await writeFile(at('text.onnx'), 'this is no model');
    await cp(SAMPLE_MODEL, at('cut.onnx'));
    await truncate(at('cut.onnx'), 100_000);
    await cp(at('digits.tar'), at('cut.tar'));
    await truncate(at('cut.tar'), 200_000);
    execFileSync('mkfifo', [at('pipe.onnx')]);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  /** Runs each line and holds it against its code and exit; a few at a time, as each is a process. */
  async function expectRefused(lines: readonly Wrong[]): Promise<void> {
    const before = await filesIn(dataDir);
    const queue = [...lines];
    const lane = async (): Promise<void> => {
      for (let line = queue.shift(); line; line = queue.shift()) {
        const [args, code, exit] = line;
        const result = await cli.run(...args, '--json');
        const { error } = JSON.parse(result.stderr) as { error: { code: string; message: string; details: object } };
        const told = { args, code: error.code, exit: result.code, stdout: result.stdout };
        expect(told).toEqual({ args, code, exit, stdout: '' });
        // One sentence or two, without a system's own words.
        expect(error.message).toMatch(/^["`A-Za-z0-9/].{10,}\.$/s);
        expect(error.message).not.toMatch(/\n|\bE[A-Z]{3,}:|Error|undefined|\[object/);
        expect(error.details).toBeTypeOf('object');
      }
    };
    await Promise.all([lane(), lane(), lane()]);
    expect(await filesIn(dataDir)).toEqual(before);
  }

  it('refuses wrong usage with exit 2 and names the help to read', async () => {
    await expectRefused([
      [['nonsense'], 'USAGE', 2],
      [['model'], 'USAGE', 2],
      [['model', 'list', 'extra'], 'USAGE', 2],
      [['model', 'list', '--bogus'], 'USAGE', 2],
      [['model', 'import', 'x.onnx'], 'USAGE', 2],
      [['bench', 'digits', '--threads', '0'], 'USAGE', 2],
      [['deploy', 'digits'], 'USAGE', 2],
      [['device', 'setup', 'box', '--start', 'magic'], 'USAGE', 2],
      [['device', 'add', 'box', 'a@b', '--label', 'no-equals-sign'], 'USAGE', 2],
    ]);
    const { stderr, code } = await cli.run('model', 'import', 'x.onnx');
    expect(code).toBe(2);
    expect(errorLine(stderr)).toEqual({
      message: "Required option '--name <name>' not specified; see `lineside model import --help`.",
      code: 'USAGE',
    });
  });

  it('refuses unknown and impossible names with exit 3', async () => {
    await expectRefused([
      [['model', 'inspect', 'nope'], 'NOT_FOUND', 3],
      [['model', 'remove', 'digits:9'], 'NOT_FOUND', 3],
      [['model', 'inspect', 'Not A Name'], 'NAME_INVALID', 3],
      [['model', 'import', SAMPLE_MODEL, '--name', '../up'], 'NAME_INVALID', 3],
      [['bench', 'nope'], 'NOT_FOUND', 3],
      [['bundle', 'create', 'nope', '--name', 'x', '--version', '1'], 'NOT_FOUND', 3],
      [['bundle', 'create', 'digits', '--name', 'x', '--version', 'a b'], 'NAME_INVALID', 3],
      [['bundle', 'create', 'digits', '--name', 'x', '--version', '1', '--key', 'nope'], 'KEY_NOT_FOUND', 3],
      [['bundle', 'inspect', 'nope'], 'NOT_FOUND', 3],
      [['bundle', 'verify', 'nope'], 'NOT_FOUND', 3],
      [['bundle', 'export', 'nope', at('x.tar')], 'NOT_FOUND', 3],
      [['bundle', 'remove', 'nope'], 'NOT_FOUND', 3],
      [['keys', 'init'], 'ALREADY_EXISTS', 3],
      [['device', 'probe', 'nope'], 'NOT_FOUND', 3],
      [['device', 'setup', 'nope'], 'NOT_FOUND', 3],
      [['device', 'test', 'nope'], 'NOT_FOUND', 3],
      [['device', 'remove', 'nope'], 'NOT_FOUND', 3],
      [['device', 'add', 'box', 'a@@b'], 'INPUT_INVALID', 3],
      [['deploy', 'nope', '--to', 'all'], 'SELECTOR_EMPTY', 3],
      [['deploy', 'digits', '--to', 'nope'], 'NOT_FOUND', 3],
      [['deploy', 'digits', '--to', 'a b'], 'SELECTOR_INVALID', 3],
      [['rollout', 'show', 'nope'], 'NOT_FOUND', 3],
      [['rollout', 'abort', 'nope'], 'NOT_FOUND', 3],
      [['rollback', 'nope'], 'NOT_FOUND', 3],
    ]);
  });

  it('refuses files that are missing, folders, pipes, cut short or something else', async () => {
    const create = ['bundle', 'create', 'digits', '--name', 'x', '--version', '1', '--golden'];
    await expectRefused([
      [['model', 'import', at('absent.onnx'), '--name', 'x'], 'FILE_NOT_FOUND', 3],
      [['model', 'import', at('folder'), '--name', 'x'], 'MODEL_NOT_ONNX', 3],
      [['model', 'import', at('pipe.onnx'), '--name', 'x'], 'MODEL_NOT_ONNX', 3],
      [['model', 'import', at('text.onnx'), '--name', 'x'], 'MODEL_NOT_ONNX', 3],
      [['model', 'import', at('cut.onnx'), '--name', 'x'], 'MODEL_TRUNCATED', 3],
      [
        ['model', 'import', fixtureModel('superresolution-custom-ops.onnx'), '--name', 'x'],
        'MODEL_UNSUPPORTED_OPERATOR',
        3,
      ],
      [['model', 'import', fixtureModel('mnist.onnx'), '--name', 'digits', '--version', '1'], 'ALREADY_EXISTS', 3],
      [[...create, at('absent.npz')], 'FILE_NOT_FOUND', 3],
      [[...create, at('folder')], 'FILE_UNREADABLE', 3],
      [[...create, at('text.onnx')], 'GOLDEN_FILE_INVALID', 3],
      [['bundle', 'import', at('absent.tar')], 'FILE_NOT_FOUND', 3],
      [['bundle', 'import', at('folder')], 'FILE_UNREADABLE', 3],
      [['bundle', 'import', at('text.onnx')], 'BUNDLE_MALFORMED', 3],
      [['bundle', 'import', at('cut.tar')], 'BUNDLE_MALFORMED', 3],
      [['bundle', 'export', 'digits', at('digits.tar')], 'ALREADY_EXISTS', 3],
      [['bundle', 'export', 'digits', at('folder')], 'ALREADY_EXISTS', 3],
      [['bundle', 'export', 'digits', at('absent/x.tar')], 'FILE_WRITE_FAILED', 3],
      [['model', 'remove', 'digits'], 'IN_USE', 3],
      [['bench', 'digits', '--threads', '9999'], 'INPUT_INVALID', 3],
      [['model', 'list', '--data-dir', at('text.onnx')], 'FILE_UNREADABLE', 3],
    ]);
  });

  it('prints nothing but the answer: JSON on stdout with --json, help without a backend', async () => {
    expect(await cli.json<unknown[]>('model', 'list')).toHaveLength(1);
    const plain = await cli.run('model', 'list', '--json');
    expect(plain.stderr).toBe('');
    const help = await cli.run('help', 'deploy');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/^Usage: lineside deploy/);
  });

  it('says that no signing key is there before it runs the model', async () => {
    const other = createCli(at('no-keys'));
    await mkdir(at('no-keys'));
    await other.json('model', 'import', SAMPLE_MODEL, '--name', 'digits');
    const { code, stderr } = await other.run('bundle', 'create', 'digits', '--name', 'x', '--version', '1');
    expect(code).toBe(3);
    expect(errorLine(stderr)?.message).toContain('lineside keys init');
  });

  describe('Ctrl-C', () => {
    beforeAll(async () => {
      await writeLargeModel(at('large.onnx'), 128);
    });

    it('ends a benchmark and keeps nothing of it', async () => {
      const before = await filesIn(dataDir);
      const bench = cli.start(['bench', 'digits', '--duration', '60']);
      await bench.saying('Measuring digits: Measuring');
      bench.kill('SIGINT');
      const { code, stdout, stderr } = await bench.ended;
      expect({ code, stdout, error: errorLine(stderr)?.code }).toEqual({ code: 5, stdout: '', error: 'CANCELLED' });
      expect(await filesIn(dataDir)).toEqual(before);
    });

    it('ends an import and takes back what it had copied', async () => {
      const before = await filesIn(dataDir);
      const hasBegun = async (): Promise<boolean> => (await filesIn(dataDir)).some((file) => file.includes('.tmp-'));
      const importing = cli.start(['model', 'import', at('large.onnx'), '--name', 'large', '--json']);
      await eventually('the copy has begun', hasBegun);
      importing.kill('SIGINT');
      const { code, stdout, stderr } = await importing.ended;
      expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'CANCELLED' } });
      expect(await filesIn(dataDir)).toEqual(before);
    });

    it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends the making of a bundle by %s', async (signal) => {
      const before = await filesIn(dataDir);
      const making = cli.start(['bundle', 'create', 'digits', '--name', 'x', '--version', '1']);
      await making.saying('Building x:1');
      making.kill(signal);
      const { code, stderr } = await making.ended;
      expect({ code, error: errorLine(stderr)?.code }).toEqual({ code: 5, error: 'CANCELLED' });
      expect(await filesIn(dataDir)).toEqual(before);
    });
  });

  it("says that this computer's disk is full, and leaves no part of the file", async (context) => {
    const small = at('small');
    await mkdir(small);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1500k', 'tmpfs', small], { stdio: 'ignore' });
    } catch {
      context.skip('a small disk can be mounted only by root');
    }
    try {
      const full = createCli(small);
      expect((await full.run('model', 'list')).code).toBe(0);
      const { code, stderr } = await full.run('model', 'import', SAMPLE_MODEL, '--name', 'digits');
      expect({ code, error: errorLine(stderr)?.code }).toEqual({ code: 3, error: 'LOCAL_DISK_FULL' });
      expect((await filesIn(small)).filter((file) => file.startsWith('blobs/'))).toEqual([]);
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

/** Every file below a folder, without the database's own. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((file) => !file.startsWith('lineside.db'))
    .sort();
}
