// Which provider ran which nodes: never a fallback in silence.
import { useTranslation } from 'react-i18next';
import type { BenchResult } from '../../../shared/contract/bench-result.ts';
import { useFormat } from '../../lib/format.ts';
import { Section } from '../../ui/page.tsx';
import { Tag } from '../../ui/status.tsx';
import styles from './benchmark.module.css';

const NAMES_SHOWN = 6;

export function PlacementSection(props: { result: BenchResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { placement, options } = props.result;
  const total = placement.reduce((sum, one) => sum + one.nodes.length, 0);
  if (total === 0) return null;
  const isAsked = (provider: string) => provider.toLowerCase().startsWith(options.provider);
  return (
    <Section title={t('bench.placement')} aside={t('bench.placementNote', { count: total })}>
      <ul className={styles['placement']}>
        {placement.map((one) => (
          <li key={one.provider}>
            <span>{one.provider.replace(/ExecutionProvider$/, '')}</span>
            <span className={styles['share']} aria-hidden="true">
              <span style={{ width: `${(one.nodes.length / total) * 100}%` }} />
            </span>
            <span className={styles['count']}>{format.integer(one.nodes.length)}</span>
            <span className={styles['nodes']} title={one.nodes.join('\n')}>
              {isAsked(one.provider) ? (
                t('bench.asAsked')
              ) : (
                <>
                  <Tag tone="warn">{t('bench.notAsked')}</Tag> {one.nodes.slice(0, NAMES_SHOWN).join(', ')}
                  {one.nodes.length > NAMES_SHOWN ? ' …' : ''}
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
