// One sentence on a rollout: what happened to how many devices. Unreachable is counted apart from failed.
import type { Rollout, RolloutDeviceState } from '../../../shared/contract/rollouts.ts';

const WORDS: ReadonlyArray<readonly [string, readonly RolloutDeviceState[]]> = [
  ['on the new release', ['committed']],
  ['had it already', ['up-to-date']],
  ['rolled back', ['rolled-back']],
  ['failed', ['failed']],
  ['unreachable', ['unreachable']],
  ['left out', ['excluded']],
  ['kept the old release', ['aborted']],
  ['in progress', ['connecting', 'sending', 'preparing', 'armed', 'activating', 'probation']],
  ['waiting', ['pending']],
];

export function summarize(rollout: Rollout): string {
  const parts = WORDS.flatMap(([word, states]) => {
    const count = rollout.devices.filter(({ state }) => states.includes(state)).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  const ending =
    { halted: 'Halted: ', aborted: 'Aborted: ', interrupted: 'Interrupted: ' }[rollout.state as string] ?? '';
  return `${ending}${parts.join(', ')} of ${rollout.devices.length}.`;
}
