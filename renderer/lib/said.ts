// Short fixed sentences that backend and devices say in English, in the user's language; others are shown as they come.
import type { TFunction } from 'i18next';

const SAID = {
  'Asking the device what it is': 'said.asking',
  'Waiting for another benchmark to end': 'said.waitingTurn',
  'Getting Node for the device': 'said.gettingNode',
  'Bundling the agent': 'said.bundlingAgent',
  'Measuring the kit': 'said.measuringKit',
  'Looking at the device': 'said.lookingAtDevice',
  'Sending the kit': 'said.sendingKit',
  'Checking the kit on the device': 'said.checkingKit',
  'Starting the agent': 'said.startingAgent',
  'Loading the model': 'said.loadingModel',
  Measuring: 'said.measuring',
  'Measuring on until the latency is steady': 'said.extending',
  Evaluating: 'said.evaluating',
  'Preparing the model': 'said.preparingModel',
  'Preparing the models': 'said.preparingModels',
  'Looking how busy the machine is': 'said.idling',
  'Looking for the highest rate': 'said.searching',
  'Looking which provider runs which node': 'said.placing',
  'Measuring the noise of the machine': 'said.floor',
  'Measuring in turns': 'said.inTurns',
  'Measuring without the profiler': 'said.unprofiled',
  Profiling: 'said.profiling',
  'No warm-up was found, so every call counts.': 'said.noWarmup',
  'The latency did not stay at one level in the second half of the run.': 'said.notOneLevel',
  'The baseline itself was not to be used, as its verdict says; measure a new one.': 'said.baselineRejected',
  'The raw samples in the baseline are not those that were exported: the file was changed.': 'said.baselineChanged',
  'There are too few calls to tell whether the latency is steady.': 'said.tooFewCalls',
  'already serves this bundle': 'said.servesAlready',
  'little free space on this device': 'said.littleSpace',
} as const;

/** Sentences with figures: what is in the groups, by name, goes into the text of the key. */
const PATTERNS = [
  [
    /^The first (?<count>\d+) calls were at another level \((?<percent>[^)]+)\) and were left out\.$/,
    'said.leftOutLevel',
  ],
  [/^The first (?<count>\d+) calls were unsettled and were left out\.$/, 'said.leftOutUnsettled'],
  [/^The latency reached its level only after (?<count>\d+) of (?<total>\d+) calls\.$/, 'said.lateLevel'],
  [/^The latency drifted by (?<percent>.+) and did not settle\.$/, 'said.driftedOn'],
  [/^The baseline was measured on (?<then>.+), and this was measured on (?<now>.+)\.$/, 'said.baselineElsewhere'],
  [/^The machine is not as it was for the baseline: (?<differences>.+)\.$/, 'said.baselineMachine'],
] as const;

/** Every name that a text above takes. */
type Groups = 'count' | 'total' | 'percent' | 'then' | 'now' | 'differences';

function isFixed(text: string): text is keyof typeof SAID {
  return Object.hasOwn(SAID, text);
}

/** The sentence in the user's language where it is one that is known. */
export function said(t: TFunction, text: string): string {
  if (isFixed(text)) return t(SAID[text]);
  for (const [pattern, key] of PATTERNS) {
    const groups = pattern.exec(text)?.groups;
    if (groups) return t(key, { ...groups } as Record<Groups, string>);
  }
  return text;
}
