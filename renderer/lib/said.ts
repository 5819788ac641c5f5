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
  'No warm-up was found, so every call counts.': 'said.noWarmup',
  'The latency did not stay at one level in the second half of the run.': 'said.notOneLevel',
  'already serves this bundle': 'said.servesAlready',
  'little free space on this device': 'said.littleSpace',
} as const;

function isFixed(text: string): text is keyof typeof SAID {
  return Object.hasOwn(SAID, text);
}

/** The sentence in the user's language where it is one of the fixed ones. */
export function said(t: TFunction, text: string): string {
  return isFixed(text) ? t(SAID[text]) : text;
}
