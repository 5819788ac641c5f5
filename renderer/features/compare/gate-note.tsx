// The regression gate: passed, failed or undecided, against which stored result.
import { useTranslation } from 'react-i18next';
import type { Comparison } from '../../../shared/contract/compare.ts';
import { useFormat } from '../../lib/format.ts';
import { Mono } from '../../ui/facts.tsx';
import { Tag, type Tone } from '../../ui/status.tsx';
import styles from './compare.module.css';

type Gate = NonNullable<Comparison['gate']>;

const TONES: Readonly<Record<Gate['outcome'], Tone>> = { passed: 'ok', failed: 'bad', 'cannot tell': 'warn' };
const KEYS = { passed: 'passed', failed: 'failed', 'cannot tell': 'undecided' } as const;

export function GateNote(props: { comparison: Comparison; gate: Gate }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { gate } = props;
  return (
    <div className={styles['gate']}>
      <Tag tone={TONES[gate.outcome]}>{t(`compare.gate.${KEYS[gate.outcome]}`)}</Tag>
      <span>
        {t('compare.gate.text', {
          limit: format.percentFine(gate.maxSlowdown),
          median: format.ms(gate.baseline.medianMs),
          time: format.shortDateTime(gate.baseline.startedAtMs),
        })}
      </span>
      <Mono title={gate.baseline.path}>{gate.baseline.path.split(/[/\\]/).at(-1)}</Mono>
    </div>
  );
}
