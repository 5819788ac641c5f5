// `npm run bench:road`: seconds per step of the demo, cost of the agent, push of a large model against scp. Prints JSON and a table.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { writeLargeModel } from '../helpers/large-model.ts';
import { measureAgentCost } from './agent-cost.ts';
import { measurePush } from './push-against-scp.ts';

const { values } = parseArgs({
  options: {
    /** An ONNX file to push; default: one of 256 MB is made. */
    model: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '60' },
    skip: { type: 'string', multiple: true, default: [] },
  },
});
const demo = new URL('../../electron/hosts/demo.ts', import.meta.url).pathname;
const say = (text: string): boolean => process.stderr.write(`${text}\n`);
const wants = (part: string): boolean => !values.skip.includes(part);

const dir = await mkdtemp(join(tmpdir(), 'lineside-bench-'));
try {
  const report: Record<string, unknown> = {
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    node: process.version,
  };
  if (wants('demo')) {
    say('The demo, step by step …');
    const { stdout } = await promisify(execFile)(process.execPath, [demo, '--once', '--json'], { maxBuffer: 1 << 26 });
    report['demo'] = (JSON.parse(stdout) as { steps: unknown }).steps;
  }
  if (wants('agent')) {
    const seconds = Number(values.seconds);
    say(`The agent for ${seconds} s without a model, then with one …`);
    report['agent'] = await measureAgentCost({ seconds, withModel: false });
    report['agentWithModel'] = await measureAgentCost({ seconds, withModel: true });
  }
  if (wants('push')) {
    let model = values.model;
    if (model === undefined) {
      say('Making a model of 256 MB …');
      model = join(dir, 'large.onnx');
      await writeLargeModel(model, 256);
    }
    say(`The push against scp, ${values.rounds} rounds …`);
    report['push'] = await measurePush(model, Number(values.rounds));
  }
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
} finally {
  await rm(dir, { recursive: true, force: true });
}
