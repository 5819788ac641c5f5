// The graph of one model, without times: search it, walk it, read its nodes.
import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { ModelGraph } from '../../../shared/contract/models.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { GraphView } from '../../ui/graph-view/graph-view.tsx';
import { NodeFacts } from '../../ui/graph-view/node-facts.tsx';
import { Page, Split } from '../../ui/page.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';

export function ModelGraphPage(props: { modelRef: string }) {
  const { t } = useTranslation();
  const api = useApi();
  const [, navigate] = useLocation();
  const { modelRef } = props;
  const graph = useQuery(
    api.models.graph.queryOptions({ input: { ref: modelRef }, staleTime: Number.POSITIVE_INFINITY }),
  );
  return (
    <Page
      title={t('graph.of', { ref: modelRef })}
      sub={t('graph.sub')}
      isFixed
      actions={
        <>
          <Button onClick={() => navigate(PATHS.model(modelRef))}>{t('graph.toModel')}</Button>
          <Button icon="flame" onClick={() => navigate(PATHS.newProfile(modelRef))}>
            {t('models.profile')}
          </Button>
        </>
      }
    >
      <Loaded query={graph}>{(data) => <GraphWithFacts graph={data} modelRef={modelRef} />}</Loaded>
    </Page>
  );
}

function GraphWithFacts(props: { graph: ModelGraph; modelRef: string }) {
  const { t } = useTranslation();
  const { graph } = props;
  const [selected, setSelected] = useState<number | null>(null);
  const describe = useCallback(
    (index: number) => {
      const node = graph.nodes[index];
      return node ? `${node.opType}\n${node.name}` : '';
    },
    [graph],
  );
  return (
    <Split
      label={t('graph.node')}
      listWidth="minmax(0, 2.6fr)"
      list={
        <GraphView
          label={t('graph.of', { ref: props.modelRef })}
          graph={graph}
          selected={selected}
          onSelect={setSelected}
          describe={describe}
        />
      }
      detail={
        selected === null ? (
          <Empty icon="graph" title={t('graph.none.title')} text={t('graph.none.text')} />
        ) : (
          <NodeFacts graph={graph} index={selected} />
        )
      }
    />
  );
}
