// `npm run bench:slow`: the zoo's slow variant against the model that it came from, by the command line as a user would: the answer of
// the comparison, the regions of the profile and its top nodes. Prints JSON.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Comparison } from '../../shared/contract/compare.ts';
import type { Profile, Region } from '../../shared/contract/profiles.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const dataDir = await mkdtemp(join(tmpdir(), 'lineside-slow-'));

async function lineside(...args: string[]): Promise<string> {
  const command = [here('../../electron/hosts/cli.ts'), ...args, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, command, {
    env: { ...process.env, LINESIDE_DATA_DIR: dataDir },
    maxBuffer: 1 << 28,
  });
  return stdout;
}

try {
  await lineside('model', 'import', here('../../electron/samples/digits-mobilenet.onnx'), '--name', 'digits');
  await lineside('model', 'import', here('../fixtures/models/digits-mobilenet-slow.onnx'), '--name', 'slow');
  const { candidates, noiseFloor } = JSON.parse(await lineside('compare', 'digits', 'slow')) as Comparison;
  const { b, regions } = JSON.parse(await lineside('profile', 'digits', 'slow')) as { b: Profile; regions: Region[] };
  const [region] = regions;
  const nodes = b.nodes.toSorted((one, other) => other.ms - one.ms).slice(0, 3);
  process.stdout.write(
    `${JSON.stringify(
      {
        answer: candidates[0]?.answer,
        sentence: candidates[0]?.sentence,
        noiseFloor,
        topRegion: region && { label: region.label, kind: region.kind, aMs: region.aMs, bMs: region.bMs },
        topNodes: nodes.map(({ name, opType, ms, share }) => ({ name, opType, ms, share })),
        mappedShare: b.mappedShare,
      },
      null,
      2,
    )}\n`,
  );
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
