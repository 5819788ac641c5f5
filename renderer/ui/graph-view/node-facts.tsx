// What a model's graph says about one node: operator, attributes, weights, tensors in and out.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelGraph } from '../../../shared/contract/models.ts';
import { Facts, Mono } from '../facts.tsx';
import { Section } from '../page.tsx';

export function NodeFacts(props: { graph: ModelGraph; index: number }) {
  const { t } = useTranslation();
  const { graph, index } = props;
  const node = graph.nodes[index];
  const tensors = useMemo(() => {
    const names = (ends: 'from' | 'to') => [
      ...new Set(graph.edges.flatMap((edge) => (edge[ends] === index ? [edge.tensor] : []))),
    ];
    return { inputs: names('to'), outputs: names('from') };
  }, [graph, index]);
  if (!node) return null;
  const attributes = Object.entries(node.attributes);
  return (
    <Section title={t('graph.node')}>
      <Facts
        facts={[
          { label: t('graph.operator'), value: node.domain === '' ? node.opType : `${node.domain}:${node.opType}` },
          { label: t('graph.name'), value: <Mono>{node.name}</Mono> },
          { label: t('models.inputs'), value: <Mono>{tensors.inputs.join(', ')}</Mono> },
          { label: t('models.outputs'), value: <Mono>{tensors.outputs.join(', ')}</Mono> },
          ...node.weights
            .map((weight) => ({
              label: t('models.weights'),
              value: (
                <span>
                  <Mono>{weight.name}</Mono> {weight.shape.join(' × ')}
                </span>
              ),
            }))
            .map((fact, at) => ({ ...fact, label: at === 0 ? fact.label : `${fact.label} ${at + 1}` })),
          ...attributes.map(([name, value]) => ({ label: name, value: <Mono>{value}</Mono> })),
          ...(node.subgraphs > 0 ? [{ label: t('graph.subgraphs'), value: String(node.subgraphs) }] : []),
        ]}
      />
    </Section>
  );
}
