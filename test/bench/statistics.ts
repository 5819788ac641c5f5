// Simulates data whose truth is known and prints how often the statistics are right: coverage, drift flags and answers of comparisons.
import { parseArgs } from 'node:util';
import { compareArms } from '../../shared/domain/statistics-compare.ts';
import { reportLatencies } from '../../shared/domain/statistics-latency.ts';
import {
  autoregressive,
  comparisonAnswers,
  flaggedShare,
  intervalCoverage,
  normals,
  simulatedBlocks,
} from '../helpers/statistics-trials.ts';

const { values } = parseArgs({ options: { trials: { type: 'string', default: '1000' }, json: { type: 'boolean' } } });
const trials = Number(values.trials);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const SERIES = [
  { name: 'independent', phi: 0 },
  { name: 'AR(1) 0.3', phi: 0.3 },
  { name: 'AR(1) 0.6', phi: 0.6 },
  { name: 'AR(1) 0.9', phi: 0.9 },
  { name: 'bimodal', phi: 0, isBimodal: true },
];

const coverage = SERIES.flatMap(({ name, phi, isBimodal }) =>
  intervalCoverage(trials, 5000, phi, isBimodal).map(({ percentile, stated, covered, signedOff }) => ({
    series: name,
    percentile,
    stated: percent(stated),
    'interval covers': percent(covered),
    'sign-off holds': percent(signedOff),
  })),
);

const drift = [10, 30, 60, 600].flatMap((seconds) =>
  [
    { name: 'independent', phi: 0 },
    { name: 'AR(1) 0.3', phi: 0.3 },
    { name: 'AR(1) 0.6', phi: 0.6 },
    { name: 'heavy-tailed', phi: 0, isHeavyTailed: true },
    { name: 'heavy-tailed AR(1) 0.6', phi: 0.6, isHeavyTailed: true },
  ].map(({ name, ...shape }) => {
    const count = seconds > 100 ? Math.ceil(trials / 5) : trials;
    const flagged = (ramp: number): string => percent(flaggedShare(count, { ...shape, seconds, noise: 0.01, ramp }));
    return { seconds, noise: `1 %, ${name}`, 'ramp of +10 %': flagged(0.1), flat: flagged(0) };
  }),
);

const MACHINES = [
  { name: 'quiet', betweenProcesses: 0.003, withinProcess: 0.005 },
  { name: 'guest of a shared machine', betweenProcesses: 0.015, withinProcess: 0.02, disturbed: 20 },
];
const comparisons = MACHINES.flatMap(({ name, ...noise }) =>
  [
    { processes: 6, blocks: 3 },
    { processes: 8, blocks: 4 },
    { processes: 12, blocks: 6 },
  ].flatMap((size) =>
    [0, 2].map((floors) => {
      const { shares, covered, meanNoiseFloor } = comparisonAnswers(trials, { ...noise, ...size }, floors);
      return {
        machine: name,
        'processes x blocks': `${size.processes} x ${size.blocks}`,
        slowdown: floors === 0 ? 'none (A/A)' : `${floors} noise floors`,
        'noise floor': percent(meanNoiseFloor),
        slower: percent(shares.slower),
        faster: percent(shares.faster),
        same: percent(shares.same),
        'cannot tell': percent(shares['cannot tell']),
        'interval covers': percent(covered),
      };
    }),
  ),
);

function timed(times: number, work: () => void): { firstMs: number; medianMs: number } {
  const all = Array.from({ length: times }, () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  });
  const firstMs = all[0] ?? 0;
  return { firstMs, medianMs: all.sort((a, b) => a - b)[times >> 1] ?? 0 };
}

const million = autoregressive(1_000_000, 0.3, normals(1)).map((value) => Math.exp(0.05 * value));
const twelve = { processes: 12, blocks: 6, betweenProcesses: 0.01, withinProcess: 0.01 };
const blocks = simulatedBlocks(twelve, [0, 0, 0.01, 0.02], normals(2), () => 0.5);
const costs = {
  'report of 1,000,000 samples': timed(3, () => reportLatencies(million)),
  'comparison of 12 processes x 6 blocks x 4 arms': timed(21, () => compareArms({ blocks, seed: 1 })),
};

if (values.json) process.stdout.write(`${JSON.stringify({ trials, coverage, drift, comparisons, costs }, null, 2)}\n`);
else for (const table of [coverage, drift, comparisons, costs]) console.table(table);
