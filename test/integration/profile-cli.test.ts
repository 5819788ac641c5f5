import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Profile, Region } from '../../shared/contract/profiles.ts';
import { type Cli, createCli } from '../helpers/cli.ts';
import { fixtureModel } from '../helpers/model-lab.ts';

let folder = '';
let cli: Cli;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-profile-cli-'));
  cli = createCli(join(folder, 'data'));
  for (const [file, name] of [
    ['digits-mobilenet-v2', 'plain'],
    ['digits-mobilenet-slow', 'slow'],
  ] as const)
    await cli.json('model', 'import', fixtureModel(file), '--name', name);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** First words of the rows below the heading that begins with `heading`. */
function rowsBelow(stdout: string, heading: string): string[] {
  const lines = stdout.split('\n');
  const start = lines.findIndex((line) => line.startsWith(heading)) + 1;
  return lines.slice(start, lines.indexOf('', start)).map((line) => line.split(/ {2,}/)[0] ?? '');
}

describe('lineside profile', () => {
  it('shows where the time goes, the most expensive node first', async () => {
    const { code, stdout } = await cli.run('profile', 'slow', '--duration', '0.3', '--top', '3');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^model +slow:1$/m);
    expect(stdout).toMatch(/^kernels +42; 100 % of their time is put down to the model's 155 nodes$/m);
    expect(rowsBelow(stdout, 'NODE')[0]).toBe('/slow/1/Conv');
    expect(stdout).toMatch(/\d+ more take .* together; --top shows more\./);
  });

  it('compares two models by region, and answers in JSON', async () => {
    const { code, stdout } = await cli.run(
      'profile',
      'plain',
      'slow',
      '--duration',
      '0.3',
      '--by',
      'operator',
      '--top',
      '4',
    );
    expect(code).toBe(0);
    expect(rowsBelow(stdout, 'REGION')[0]).toBe('slow: (Conv → Relu) × 2 → Conv → Add');
    expect(rowsBelow(stdout, 'OPERATOR')[0]).toBe('Conv');
    const answer = await cli.json<{ a: Profile; b: Profile; regions: Region[] }>(
      'profile',
      'plain',
      'slow',
      '--duration',
      '0.3',
    );
    expect(answer.regions[0]).toMatchObject({ kind: 'only-b', aNodes: [] });
  });

  it('refuses what it does not know with one sentence', async () => {
    const missing = await cli.run('profile', 'nobody');
    expect([missing.code, missing.stdout]).toEqual([3, '']);
    const wrong = await cli.run('profile', 'slow', '--by', 'colour');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('node, operator, kernel');
  });
});
