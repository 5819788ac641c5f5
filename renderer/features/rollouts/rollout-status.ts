// Tones, counts and sentences of rollouts.
import type { TFunction } from 'i18next';
import type { Rollout, RolloutDeviceState, RolloutState } from '../../../shared/contract/rollouts.ts';
import type { Share, Tone } from '../../ui/status.tsx';

export const DEVICE_TONES: Readonly<Record<RolloutDeviceState, Tone>> = {
  pending: 'idle',
  connecting: 'busy',
  sending: 'busy',
  preparing: 'busy',
  armed: 'busy',
  activating: 'busy',
  probation: 'busy',
  committed: 'ok',
  'up-to-date': 'ok',
  'rolled-back': 'warn',
  failed: 'bad',
  unreachable: 'bad',
  aborted: 'idle',
  excluded: 'idle',
};

export const ROLLOUT_TONES: Readonly<Record<RolloutState, Tone>> = {
  staging: 'busy',
  canary: 'busy',
  soak: 'busy',
  rolling: 'busy',
  done: 'ok',
  halted: 'bad',
  aborting: 'warn',
  aborted: 'idle',
  interrupted: 'warn',
};

const ENDED: ReadonlySet<RolloutState> = new Set<RolloutState>(['done', 'halted', 'aborted', 'interrupted']);

export function isEnded(rollout: Rollout): boolean {
  return ENDED.has(rollout.state);
}

/** States from good to bad, as the bar shows them. */
const ORDER: readonly RolloutDeviceState[] = [
  'committed',
  'up-to-date',
  'probation',
  'activating',
  'armed',
  'preparing',
  'sending',
  'connecting',
  'pending',
  'aborted',
  'excluded',
  'rolled-back',
  'unreachable',
  'failed',
];

export function rolloutShares(t: TFunction, rollout: Rollout): readonly Share[] {
  return ORDER.map((state) => ({
    tone: DEVICE_TONES[state],
    label: t(`rolloutDevice.${state}`),
    count: rollout.devices.filter((device) => device.state === state).length,
  })).filter((share) => share.count > 0);
}

/** One sentence on how it stands: states with their counts, from good to bad. */
export function rolloutSentence(t: TFunction, rollout: Rollout): string {
  return rolloutShares(t, rollout)
    .map(({ label, count }) => `${label} ${count}`)
    .join(' · ');
}

/** How many run the new release now. */
export function doneCount(rollout: Rollout): number {
  return rollout.devices.filter((device) => device.state === 'committed' || device.state === 'up-to-date').length;
}
