// `npm run bench:honesty`: does the comparison tell the truth? Trials of A against itself, then of A against A made slower by twice the
// noise floor that the first trials showed; both through the product's own blocks and statistics. Prints JSON.
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createLocalSidecar } from '../../electron/backend/bench/local-sidecar.ts';
import { type BlockArm, runBlocks } from '../../electron/backend/compare/run-blocks.ts';
import type { SidecarCommand } from '../../electron/backend/ports.ts';
import { ANSWERS, type Answer } from '../../shared/contract/compare.ts';
import { compareArms } from '../../shared/domain/statistics-compare.ts';
import { median } from '../../shared/domain/statistics-order.ts';

const { values } = parseArgs({
  options: {
    model: {
      type: 'string',
      default: fileURLToPath(new URL('../../electron/samples/digits-mobilenet.onnx', import.meta.url)),
    },
    trials: { type: 'string', default: '100' },
    /** Seconds per trial. */
    seconds: { type: 'string', default: '4' },
    /** Instead of twice the measured noise floor, as 0.05. */
    slowdown: { type: 'string' },
  },
});

const SLOW_RUNNER = fileURLToPath(new URL('./honesty/slow-runner.ts', import.meta.url));
const trials = Number(values.trials);
const say = (text: string): boolean => process.stderr.write(text);

/** Both arms run through the same program, so that the wrapping itself is on both sides. */
function runner(slowdown: number): SidecarCommand {
  return {
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', SLOW_RUNNER, '--slowdown', String(slowdown)],
  };
}

function arm(slowdown: number): BlockArm {
  const spec = { onnxPath: values.model, threads: 1, batch: 1, seed: 1, dimensions: {} };
  return {
    subject: 'The trial',
    spec: { ...spec, provider: 'cpu', level: 'all' },
    launch: () => createLocalSidecar(runner(slowdown)),
  };
}

async function trial(slowdown: number, seed: number) {
  const { blocks } = await runBlocks({
    arms: [arm(0), arm(0), arm(slowdown)],
    durationMs: Number(values.seconds) * 1000,
    seed,
    silenceMs: 60_000,
  });
  const { candidates, noiseFloor } = compareArms({ blocks, seed });
  const [candidate] = candidates;
  if (!candidate) throw new Error('the comparison gave no candidate');
  return { answer: candidate.answer, estimate: candidate.ratio.estimate, noiseFloor };
}

async function run(slowdown: number, firstSeed: number) {
  const results: Awaited<ReturnType<typeof trial>>[] = [];
  for (let i = 0; i < trials; i++) {
    results.push(await trial(slowdown, firstSeed + i));
    say(results.at(-1)?.answer === 'cannot tell' ? '?' : (results.at(-1)?.answer[1] ?? ''));
  }
  say('\n');
  const count = (answer: Answer): number => results.filter((one) => one.answer === answer).length;
  return {
    slowdown,
    answers: Object.fromEntries(ANSWERS.map((answer) => [answer, count(answer)])),
    medianEstimate: median(results.map(({ estimate }) => estimate)),
    medianNoiseFloor: median(results.map(({ noiseFloor }) => noiseFloor)),
  };
}

const startedMs = Date.now();
const aa = await run(0, 1);
const slowdown = values.slowdown === undefined ? 2 * aa.medianNoiseFloor : Number(values.slowdown);
const slower = await run(slowdown, 10_001);
process.stdout.write(
  `${JSON.stringify(
    {
      machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
      trials,
      minutes: (Date.now() - startedMs) / 60_000,
      aa,
      slower,
    },
    null,
    2,
  )}\n`,
);
