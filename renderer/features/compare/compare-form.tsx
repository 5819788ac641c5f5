// The start of a comparison: A, what is measured against it, where and for how long; or one model against a stored result.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asAppError } from '../../lib/errors.ts';
import { useFormat } from '../../lib/format.ts';
import { useMachines } from '../../lib/machines.ts';
import { useServices } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { NumberField, Segments, SelectField } from '../../ui/fields.tsx';
import { MultiSelectField } from '../../ui/list-fields.tsx';
import { PathField } from '../../ui/path-field.tsx';
import styles from './compare.module.css';
import {
  type CompareDraft,
  createCompareDraft,
  LENGTH_S,
  LENGTHS,
  toCompareInput,
  toGateInput,
} from './compare-draft.ts';

const BASELINE_FILES = [{ name: 'JSON', extensions: ['json'] }];

export function CompareForm(props: {
  refs: readonly string[];
  modelRef: string | null;
  onStarted: (jobId: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { client, api } = useServices();
  const queries = useQueryClient();
  const machines = useMachines();
  const [draft, setDraft] = useState(() => createCompareDraft(props.refs, props.modelRef));
  const change = (patch: Partial<CompareDraft>) => setDraft((now) => ({ ...now, ...patch }));
  const compare = toCompareInput(draft);
  const gate = toGateInput(draft);
  const start = useMutation({
    mutationFn: async () => {
      if (compare) return client.compare.start(compare);
      if (gate) return client.compare.gate(gate);
      return null;
    },
    onSuccess: (started) => {
      void queries.invalidateQueries({ queryKey: api.jobs.key() });
      if (started) props.onStarted(started.jobId);
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate();
  };
  return (
    <form className={styles['form']} onSubmit={onSubmit} aria-label={t('compare.new')}>
      <div className={styles['line']}>
        <Segments
          label={t('compare.kind')}
          value={draft.kind}
          onChange={(kind) => change({ kind })}
          choices={[
            { value: 'models', label: t('compare.kinds.models') },
            { value: 'stored', label: t('compare.kinds.stored') },
          ]}
        />
        <span className={styles['hint']}>{t(`compare.kindHints.${draft.kind}`)}</span>
      </div>
      {draft.kind === 'models' ? (
        <Models draft={draft} refs={props.refs} onChange={change} />
      ) : (
        <Stored draft={draft} refs={props.refs} onChange={change} />
      )}
      <div className={styles['three']}>
        <SelectField
          label={t('compare.machine')}
          value={draft.machine}
          onChange={(machine) => machine !== null && change({ machine })}
          choices={machines.filter((one) => one.isReady).map(({ value, label }) => ({ value, label }))}
        />
        <div className={styles['field']}>
          <span className={styles['label']}>{t('bench.duration')}</span>
          <Segments
            label={t('bench.duration')}
            value={draft.length}
            onChange={(length) => change({ length })}
            choices={LENGTHS.map((one) => ({ value: one, label: format.span(LENGTH_S[one] * 1000) }))}
          />
        </div>
        {draft.kind === 'models' ? (
          <NumberField
            label={t('compare.threshold')}
            value={draft.thresholdPercent}
            onChange={(thresholdPercent) => change({ thresholdPercent })}
            min={0.1}
            max={50}
            isFractional
            unit="%"
            placeholder="3 %"
          />
        ) : (
          <NumberField
            label={t('compare.maxSlowdown')}
            value={draft.maxSlowdownPercent}
            onChange={(maxSlowdownPercent) => change({ maxSlowdownPercent })}
            min={0.1}
            max={500}
            isFractional
            unit="%"
            placeholder="5 %"
          />
        )}
      </div>
      {start.error ? <ErrorNote error={asAppError(start.error)} /> : null}
      <div>
        <Button
          kind="primary"
          icon="play"
          type="submit"
          isLarge
          isBusy={start.isPending}
          isDisabled={compare === null && gate === null}
        >
          {t('compare.start')}
        </Button>
      </div>
    </form>
  );
}

interface PartProps {
  draft: CompareDraft;
  refs: readonly string[];
  onChange: (patch: Partial<CompareDraft>) => void;
}

function Models(props: PartProps) {
  const { t } = useTranslation();
  const { draft, refs, onChange } = props;
  return (
    <div className={styles['pair']}>
      <SelectField
        label={t('compare.a')}
        value={draft.a}
        onChange={(a) => onChange({ a })}
        choices={refs.map((ref) => ({ value: ref, label: ref }))}
        isSearchable
        nothingFound={t('common.noMatch')}
      />
      <MultiSelectField
        label={t('compare.b')}
        value={draft.candidates}
        onChange={(candidates) => onChange({ candidates })}
        choices={refs.map((ref) => ({ value: ref, label: ref, isDisabled: ref === draft.a }))}
        nothingFound={t('common.noMatch')}
      />
    </div>
  );
}

function Stored(props: PartProps) {
  const { t } = useTranslation();
  const { draft, refs, onChange } = props;
  return (
    <div className={styles['pair']}>
      <SelectField
        label={t('bench.model')}
        value={draft.candidates[0] ?? null}
        onChange={(ref) => onChange({ candidates: ref === null ? [] : [ref] })}
        choices={refs.map((ref) => ({ value: ref, label: ref }))}
        isSearchable
        nothingFound={t('common.noMatch')}
      />
      <PathField
        label={t('compare.baseline')}
        hint={t('compare.baselineHint')}
        value={draft.baselinePath}
        onChange={(baselinePath) => onChange({ baselinePath })}
        filters={BASELINE_FILES}
      />
    </div>
  );
}
