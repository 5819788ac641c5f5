// How many boxes a rate takes under a latency limit, from this result.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Capacity } from '../../../shared/contract/bench.ts';
import type { BenchResult } from '../../../shared/contract/bench-result.ts';
import { asAppError } from '../../lib/errors.ts';
import { useFormat } from '../../lib/format.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { NumberField } from '../../ui/fields.tsx';
import { useDebouncedValue } from '../../ui/hooks.ts';
import { Section } from '../../ui/page.tsx';
import styles from './benchmark.module.css';

const TYPING_MS = 250;
const DEFAULTS = { ratePerS: 100, limitMs: 100, percentile: 99, reservePercent: 20 } as const;

export function CapacityPanel(props: { result: BenchResult }) {
  const { t } = useTranslation();
  const api = useApi();
  const { id, options } = props.result;
  const { scenario } = options;
  const usual = scenario.kind === 'server' ? scenario : DEFAULTS;
  const [ratePerS, setRate] = useState<number | null>(null);
  const [limitMs, setLimit] = useState<number | null>(null);
  const [percentile, setPercentile] = useState<number | null>(null);
  const [reserve, setReserve] = useState<number | null>(null);
  const [asked] = useDebouncedValue(
    {
      id,
      ratePerS: ratePerS ?? DEFAULTS.ratePerS,
      limitMs: limitMs ?? usual.limitMs,
      percentile: percentile ?? usual.percentile,
      reserve: (reserve ?? DEFAULTS.reservePercent) / 100,
    },
    TYPING_MS,
  );
  const capacity = useQuery(
    api.bench.capacity.queryOptions({ input: asked, placeholderData: keepPreviousData, retry: false }),
  );
  return (
    <Section title={t('capacity.title')} aside={t('capacity.note')}>
      <div className={styles['capacity']}>
        <div className={styles['capacityFields']}>
          <NumberField
            label={t('capacity.rate')}
            value={ratePerS}
            onChange={setRate}
            min={0.01}
            unit="/s"
            isFractional
            placeholder={`${DEFAULTS.ratePerS} /s`}
          />
          <NumberField
            label={t('bench.limit')}
            value={limitMs}
            onChange={setLimit}
            min={0.001}
            unit="ms"
            isFractional
            placeholder={`${usual.limitMs} ms`}
          />
          <NumberField
            label={t('bench.percentile')}
            value={percentile}
            onChange={setPercentile}
            min={1}
            max={99.99}
            isFractional
            placeholder={String(usual.percentile)}
          />
          <NumberField
            label={t('capacity.reserve')}
            value={reserve}
            onChange={setReserve}
            min={0}
            max={500}
            unit="%"
            placeholder={`${DEFAULTS.reservePercent} %`}
          />
        </div>
        {capacity.data ? <Answer capacity={capacity.data} /> : null}
      </div>
      {capacity.error ? <ErrorNote error={asAppError(capacity.error)} /> : null}
    </Section>
  );
}

function Answer(props: { capacity: Capacity }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { capacity } = props;
  return (
    <div className={styles['boxes']} role="status">
      <strong>{capacity.boxes === null ? t('capacity.never') : t('capacity.boxes', { count: capacity.boxes })}</strong>
      <span>
        {capacity.boxes === null
          ? t('capacity.neverText', { limit: format.ms(capacity.limitMs) })
          : t('capacity.split', {
              working: capacity.working,
              spare: capacity.spare,
              rate: format.perS(capacity.perBoxPerS),
            })}
      </span>
      <span className={styles['basis']}>{t(`capacity.basis.${capacity.basis}`)}</span>
    </div>
  );
}
