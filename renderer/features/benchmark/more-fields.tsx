// What a run can vary beyond models and machines, and how the runtime is set up; closed at first.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LEVELS, PROVIDERS } from '../../../shared/contract/bench-options.ts';
import { PROVIDER_NAMES } from '../../lib/provider-names.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { CheckField, TextField } from '../../ui/fields.tsx';
import { NumbersField, ToggleChips } from '../../ui/list-fields.tsx';
import { type BenchDraft, parseDimensions } from './bench-draft.ts';
import styles from './bench-form.module.css';
import type { Change } from './bench-form.tsx';

export function MoreFields(props: { draft: BenchDraft; onChange: Change }) {
  const { t } = useTranslation();
  const { draft, onChange } = props;
  const [isOpen, setOpen] = useState(false);
  const isUsual = draft.threads.length + draft.batches.length === 0 && draft.dimensions === '';
  return (
    <Disclosure
      label={t('bench.vary')}
      note={isOpen || !isUsual ? '' : t('bench.usual')}
      isOpen={isOpen}
      onToggle={() => setOpen(!isOpen)}
    >
      <div className={styles['more']}>
        <div className={styles['fields']}>
          <NumbersField
            label={t('bench.threads')}
            value={draft.threads}
            onChange={(threads) => onChange({ threads })}
            placeholder="1"
            hint={t('bench.listHint')}
            problem={t('bench.listBad')}
          />
          <NumbersField
            label={t('bench.batches')}
            value={draft.batches}
            onChange={(batches) => onChange({ batches })}
            placeholder="1"
            hint={t('bench.listHint')}
            problem={t('bench.listBad')}
          />
        </div>
        <div className={styles['chips']}>
          <ToggleChips
            label={t('bench.providers')}
            value={draft.providers}
            onChange={(providers) => onChange({ providers })}
            choices={PROVIDERS.map((one) => ({ value: one, label: PROVIDER_NAMES[one] }))}
          />
          <ToggleChips
            label={t('bench.levels')}
            value={draft.levels}
            onChange={(levels) => onChange({ levels })}
            choices={LEVELS.map((one) => ({ value: one, label: t(`bench.levelNames.${one}`) }))}
          />
        </div>
        <div className={styles['pair']}>
          <TextField
            label={t('bench.dimensions')}
            hint={t('bench.dimensionsHint')}
            value={draft.dimensions}
            onChange={(dimensions) => onChange({ dimensions })}
            placeholder={t('bench.examples.dimensions')}
            error={parseDimensions(draft.dimensions) === null ? t('bench.dimensionsBad') : undefined}
            isMono
          />
        </div>
        <CheckField
          label={t('bench.noiseFloorFirst')}
          hint={t('bench.noiseFloorHint')}
          value={draft.hasNoiseFloor}
          onChange={(hasNoiseFloor) => onChange({ hasNoiseFloor })}
        />
      </div>
    </Disclosure>
  );
}
