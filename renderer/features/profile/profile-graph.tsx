// The graph of a model coloured by the times of a profile.
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelGraph } from '../../../shared/contract/models.ts';
import type { Profile } from '../../../shared/contract/profiles.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { useFormat } from '../../lib/format.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { GraphView } from '../../ui/graph-view/graph-view.tsx';
import { HeatLegend } from '../../ui/graph-view/heat-legend.tsx';
import { Loaded } from '../../ui/states.tsx';

interface ProfileGraphProps {
  profile: Profile;
  selected: number | null;
  onSelect: (index: number | null) => void;
  lit?: readonly number[] | null;
  /** The time at the hot end, where two graphs share it. */
  hottestMs?: number;
}

export function ProfileGraph(props: ProfileGraphProps) {
  const graph = useModelGraph(props.profile);
  return <Loaded query={graph}>{(data) => <Coloured {...props} graph={data} />}</Loaded>;
}

/** Milliseconds of the node that takes longest. */
export function hottestOf(profile: Profile): number {
  return profile.nodes.reduce((most, node) => Math.max(most, node.ms), 0);
}

export function useModelGraph(profile: Profile) {
  const api = useApi();
  return useQuery(
    api.models.graph.queryOptions({
      input: { ref: formatRef(profile.model) },
      staleTime: Number.POSITIVE_INFINITY,
    }),
  );
}

function Coloured(props: ProfileGraphProps & { graph: ModelGraph }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { profile, graph } = props;
  const times = useMemo(() => {
    const byNode = graph.nodes.map((): number | null => null);
    for (const node of profile.nodes) byNode[node.index] = node.kernel === null ? null : node.ms;
    return byNode;
  }, [graph, profile]);
  const describe = useCallback(
    (index: number) => {
      const node = graph.nodes[index];
      if (!node) return '';
      const ms = times[index] ?? null;
      const share = ms === null ? 0 : ms / (profile.latencyMs || 1);
      const time = ms === null ? t('profile.folded') : `${format.ms(ms)} · ${format.percentFine(share)}`;
      return `${node.opType}  ${time}\n${node.name}`;
    },
    [graph, times, profile, format, t],
  );
  const hottest = props.hottestMs ?? hottestOf(profile);
  return (
    <GraphView
      label={t('graph.of', { ref: formatRef(profile.model) })}
      graph={graph}
      times={times}
      hottestMs={hottest}
      selected={props.selected}
      onSelect={props.onSelect}
      lit={props.lit ?? null}
      describe={describe}
      legend={<HeatLegend label={t('profile.heat', { time: format.ms(hottest) })} low="0" high={format.ms(hottest)} />}
    />
  );
}
