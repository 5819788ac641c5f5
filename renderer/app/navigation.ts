// The pages of the console in the order of the main job: what the side bar and the command palette list.
import { PATHS } from '../lib/paths.ts';
import type { IconName } from '../ui/icons.tsx';

export const NAVIGATION = [
  { id: 'start', path: PATHS.start, icon: 'home' },
  { id: 'fleet', path: PATHS.fleet, icon: 'fleet' },
  { id: 'models', path: PATHS.models, icon: 'model' },
  { id: 'benchmarks', path: PATHS.benchmarks, icon: 'gauge' },
  { id: 'compare', path: PATHS.compare, icon: 'compare' },
  { id: 'profile', path: PATHS.profiles, icon: 'flame' },
  { id: 'bundles', path: PATHS.bundles, icon: 'bundle' },
  { id: 'rollouts', path: PATHS.rollouts, icon: 'rollout' },
] as const satisfies ReadonlyArray<{ id: string; path: string; icon: IconName }>;

const SECTIONS: Readonly<Record<string, (typeof NAVIGATION)[number]['id']>> = {
  start: 'start',
  fleet: 'fleet',
  devices: 'fleet',
  models: 'models',
  benchmarks: 'benchmarks',
  compare: 'compare',
  profile: 'profile',
  bundles: 'bundles',
  rollouts: 'rollouts',
};

/** The entry that an address belongs to. */
export function sectionOf(path: string): string | undefined {
  return SECTIONS[path.split('/')[1] ?? ''];
}
