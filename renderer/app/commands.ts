// What the command palette offers: the pages, the devices, the things that can be opened, and the main actions.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { formatRef } from '../../shared/domain/names.ts';
import { PATHS } from '../lib/paths.ts';
import { useApi, useFleet } from '../lib/rpc-context.tsx';
import type { IconName } from '../ui/icons.tsx';
import { NAVIGATION } from './navigation.ts';
import { usePreferences } from './preferences-context.ts';

export interface Command {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  readonly icon: IconName;
  run(): void;
}

export function useCommands(navigate: (path: string) => void, isOpen: boolean): readonly Command[] {
  const { t } = useTranslation();
  const api = useApi();
  const preferences = usePreferences();
  const fleet = useFleet();
  const models = useQuery(api.models.list.queryOptions({ enabled: isOpen }));
  const bundles = useQuery(api.bundles.list.queryOptions({ enabled: isOpen }));
  const names = fleet.devices.map((view) => view.device.name).join(',');
  return useMemo(() => {
    const go = (path: string) => () => navigate(path);
    const pages = NAVIGATION.map(
      (entry): Command => ({
        id: `page-${entry.id}`,
        group: t('palette.pages'),
        label: t(`nav.${entry.id}`),
        icon: entry.icon,
        run: go(entry.path),
      }),
    );
    const actions: Command[] = [
      { id: 'add-device', label: t('palette.addDevice'), icon: 'plus' as const, run: go(`${PATHS.fleet}/add`) },
      { id: 'import-model', label: t('palette.importModel'), icon: 'plus' as const, run: go(`${PATHS.models}/import`) },
      { id: 'new-bundle', label: t('palette.newBundle'), icon: 'bundle' as const, run: go(`${PATHS.bundles}/new`) },
      { id: 'new-rollout', label: t('palette.newRollout'), icon: 'rollout' as const, run: go(PATHS.newRollout) },
      {
        id: 'light',
        label: t('palette.light'),
        icon: 'sun' as const,
        run: () => preferences.update((now) => ({ ...now, theme: 'light' as const })),
      },
      {
        id: 'dark',
        label: t('palette.dark'),
        icon: 'moon' as const,
        run: () => preferences.update((now) => ({ ...now, theme: 'dark' as const })),
      },
    ].map((action) => ({ ...action, group: t('palette.actions') }));
    const devices = names
      .split(',')
      .filter((name) => name !== '')
      .map(
        (name): Command => ({
          id: `device-${name}`,
          group: t('palette.devices'),
          label: name,
          icon: 'fleet',
          run: go(PATHS.device(name)),
        }),
      );
    const modelEntries = (models.data ?? []).flatMap((model): Command[] => {
      const ref = formatRef(model);
      return [
        { id: `model-${ref}`, group: t('palette.models'), label: ref, icon: 'model', run: go(PATHS.model(ref)) },
        {
          id: `bench-${ref}`,
          group: t('palette.actions'),
          label: t('palette.benchmark', { ref }),
          icon: 'gauge',
          run: go(PATHS.newBenchmark(ref)),
        },
        {
          id: `compare-${ref}`,
          group: t('palette.actions'),
          label: t('palette.compare', { ref }),
          icon: 'compare',
          run: go(PATHS.newComparison(ref)),
        },
        {
          id: `profile-${ref}`,
          group: t('palette.actions'),
          label: t('palette.profile', { ref }),
          icon: 'flame',
          run: go(PATHS.newProfile(ref)),
        },
        {
          id: `graph-${ref}`,
          group: t('palette.models'),
          label: t('graph.of', { ref }),
          icon: 'graph',
          run: go(PATHS.modelGraph(ref)),
        },
      ];
    });
    const bundleEntries = (bundles.data ?? []).flatMap((bundle): Command[] => {
      const ref = formatRef(bundle);
      return [
        { id: `bundle-${ref}`, group: t('palette.bundles'), label: ref, icon: 'bundle', run: go(PATHS.bundle(ref)) },
        {
          id: `roll-${ref}`,
          group: t('palette.actions'),
          label: t('palette.rollOut', { ref }),
          icon: 'rollout',
          run: go(PATHS.newRolloutOf(ref)),
        },
      ];
    });
    return [...pages, ...actions, ...devices, ...modelEntries, ...bundleEntries];
  }, [t, navigate, preferences, names, models.data, bundles.data]);
}

/** Commands whose label holds every word that was typed, in their order, grouped. */
export function matchCommands(commands: readonly Command[], typed: string): readonly Command[] {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const hits = commands.filter((command) => words.every((word) => command.label.toLowerCase().includes(word)));
  const groups = [...new Set(hits.map((hit) => hit.group))];
  return groups.flatMap((group) => hits.filter((hit) => hit.group === group));
}
