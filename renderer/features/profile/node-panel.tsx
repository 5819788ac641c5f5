// What the profile knows about the selected node: its time, the kernel that ran it, and what the graph says.
import { useTranslation } from 'react-i18next';
import type { Profile } from '../../../shared/contract/profiles.ts';
import { NO_VALUE, useFormat } from '../../lib/format.ts';
import { Facts, Figures, Mono } from '../../ui/facts.tsx';
import { NodeFacts } from '../../ui/graph-view/node-facts.tsx';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/states.tsx';
import styles from './profile.module.css';
import { useModelGraph } from './profile-graph.tsx';

export function NodePanel(props: { profile: Profile; selected: number | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { profile, selected } = props;
  const graph = useModelGraph(profile);
  const node = selected === null ? undefined : profile.nodes.find((one) => one.index === selected);
  if (!node || selected === null)
    return <Empty icon="target" title={t('profile.none.title')} text={t('profile.none.text')} />;
  const kernel = node.kernel === null ? undefined : profile.kernels[node.kernel];
  const companions = (kernel?.source ?? []).filter((index) => index !== selected);
  const nameOf = (index: number) => profile.nodes.find((one) => one.index === index)?.name ?? String(index);
  return (
    <>
      <div className={styles['panelFigures']}>
        <Figures
          figures={[
            { label: t('profile.columns.time'), value: format.ms(node.ms) },
            { label: t('profile.columns.share'), value: format.percentFine(node.share) },
          ]}
        />
      </div>
      <Section title={t('profile.kernel')}>
        {kernel ? (
          <Facts
            facts={[
              { label: t('profile.columns.kernel'), value: <Mono>{kernel.name}</Mono> },
              { label: t('graph.operator'), value: kernel.opType },
              { label: t('bench.provider'), value: kernel.provider.replace(/ExecutionProvider$/, '') },
              { label: t('profile.kernelTime'), value: format.ms(kernel.meanMs) },
              {
                label: t('profile.together'),
                value: companions.length === 0 ? NO_VALUE : companions.map(nameOf).join(', '),
              },
              {
                label: t('profile.shapes'),
                value: `${kernel.inputShapes.join(', ')} → ${kernel.outputShapes.join(', ')}`,
              },
              { label: t('profile.activations'), value: format.bytes(kernel.activationBytes) },
              { label: t('profile.parameters'), value: format.bytes(kernel.parameterBytes) },
            ]}
          />
        ) : (
          <p className={styles['hint']}>{t('profile.foldedText')}</p>
        )}
      </Section>
      {graph.data ? <NodeFacts graph={graph.data} index={selected} /> : null}
    </>
  );
}
