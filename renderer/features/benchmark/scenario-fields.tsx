// How requests come: the scenario, what it stands for in one line, and its few numbers.
import { useTranslation } from 'react-i18next';
import type { ScenarioKind } from '../../../shared/contract/bench-options.ts';
import { NumberField, Segments } from '../../ui/fields.tsx';
import { type BenchDraft, SCENARIO_DEFAULTS } from './bench-draft.ts';
import styles from './bench-form.module.css';
import type { Change } from './bench-form.tsx';

const KINDS = [
  'single-stream',
  'multi-stream',
  'server',
  'offline',
  'camera',
] as const satisfies readonly ScenarioKind[];

export function ScenarioFields(props: { draft: BenchDraft; onChange: Change }) {
  const { t } = useTranslation();
  const { draft, onChange } = props;
  return (
    <div className={styles['block']}>
      <span className={styles['label']}>{t('bench.scenario')}</span>
      <div className={styles['line']}>
        <Segments
          label={t('bench.scenario')}
          value={draft.scenario}
          onChange={(scenario) => onChange({ scenario })}
          choices={KINDS.map((kind) => ({ value: kind, label: t(`bench.scenarios.${kind}`) }))}
        />
      </div>
      <span className={styles['hint']}>{t(`bench.scenarioHints.${draft.scenario}`)}</span>
      <Numbers draft={draft} onChange={onChange} />
    </div>
  );
}

function Numbers(props: { draft: BenchDraft; onChange: Change }) {
  const { t } = useTranslation();
  const { draft, onChange } = props;
  const usual = (key: keyof typeof SCENARIO_DEFAULTS, unit = '') => `${SCENARIO_DEFAULTS[key]}${unit}`;
  if (draft.scenario === 'multi-stream')
    return (
      <div className={styles['fields']}>
        <NumberField
          label={t('bench.samplesPerQuery')}
          value={draft.samplesPerQuery}
          onChange={(samplesPerQuery) => onChange({ samplesPerQuery })}
          min={1}
          placeholder={usual('samplesPerQuery')}
        />
      </div>
    );
  if (draft.scenario === 'server')
    return (
      <div className={styles['fields']}>
        <NumberField
          label={t('bench.limit')}
          value={draft.limitMs}
          onChange={(limitMs) => onChange({ limitMs })}
          min={0.001}
          unit="ms"
          isFractional
          placeholder={usual('limitMs', ' ms')}
        />
        <NumberField
          label={t('bench.percentile')}
          value={draft.percentile}
          onChange={(percentile) => onChange({ percentile })}
          min={1}
          max={99.99}
          isFractional
          placeholder={usual('percentile')}
        />
        <NumberField
          label={t('bench.rate')}
          value={draft.ratePerS}
          onChange={(ratePerS) => onChange({ ratePerS })}
          min={0.01}
          unit="/s"
          isFractional
          placeholder={t('bench.findRate')}
        />
      </div>
    );
  if (draft.scenario === 'camera')
    return (
      <div className={styles['fields']}>
        <NumberField
          label={t('bench.cameras')}
          value={draft.cameras}
          onChange={(cameras) => onChange({ cameras })}
          min={1}
          placeholder={usual('cameras')}
        />
        <NumberField
          label={t('bench.frames')}
          value={draft.framesPerS}
          onChange={(framesPerS) => onChange({ framesPerS })}
          min={0.01}
          unit="/s"
          isFractional
          placeholder={usual('framesPerS', ' /s')}
        />
        <NumberField
          label={t('bench.deadline')}
          value={draft.deadlineMs}
          onChange={(deadlineMs) => onChange({ deadlineMs })}
          min={0.001}
          unit="ms"
          isFractional
          placeholder={t('bench.nextFrame')}
        />
      </div>
    );
  return null;
}
