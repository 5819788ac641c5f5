// `npm run bench:honesty`: does the comparison tell the truth? Trials of A against itself and, in turns with them, of A against A made
// slower by twice the noise floor that those showed; both through the product's own blocks and statistics. Prints JSON.
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
  return { slowdown, answer: candidate.answer, estimate: candidate.ratio.estimate, noiseFloor };
}

type Trial = Awaited<ReturnType<typeof trial>>;

/** The slowdown of a trial is twice the noise floor that the latest trials of A against itself showed: the machine's noise changes. */
const LATEST = 5;
const PILOTS = 5;

function answersOf(results: readonly Trial[]) {
  const count = (answer: Answer): number => results.filter((one) => one.answer === answer).length;
  return {
    trials: results.length,
    answers: Object.fromEntries(ANSWERS.map((answer) => [answer, count(answer)])),
    medianSlowdown: median(results.map(({ slowdown }) => slowdown)),
    medianEstimate: median(results.map(({ estimate }) => estimate)),
    medianNoiseFloor: median(results.map(({ noiseFloor }) => noiseFloor)),
  };
}

const startedMs = Date.now();
const alike: Trial[] = [];
const slower: Trial[] = [];
for (let i = 0; i < PILOTS; i++) alike.push(await trial(0, i + 1));
for (let i = 0; i < trials; i++) {
  if (alike.length < trials) alike.push(await trial(0, PILOTS + i + 1));
  const floor = median(alike.slice(-LATEST).map(({ noiseFloor }) => noiseFloor));
  slower.push(await trial(values.slowdown === undefined ? 2 * floor : Number(values.slowdown), 10_001 + i));
  say(
    `${i + 1}: A/A ${alike.at(-1)?.answer}, slowed by ${(100 * (slower.at(-1)?.slowdown ?? 0)).toFixed(1)} % ${slower.at(-1)?.answer}\n`,
  );
}
process.stdout.write(
  `${JSON.stringify(
    {
      machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
      minutes: (Date.now() - startedMs) / 60_000,
      aa: answersOf(alike),
      slower: answersOf(slower),
    },
    null,
    2,
  )}\n`,
);
