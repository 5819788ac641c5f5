// The few options of a run.
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asAppError } from '../../lib/errors.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { NumberField, SelectField } from '../../ui/fields.tsx';
import styles from './benchmark.module.css';

export function BenchForm(props: {
  refs: readonly string[];
  modelRef: string | null;
  isRunning: boolean;
  onStarted: (jobId: string) => void;
}) {
  const { t } = useTranslation();
  const api = useApi();
  const [picked, setPicked] = useState<string | null>(null);
  const [threads, setThreads] = useState<number | null>(null);
  const [batch, setBatch] = useState<number | null>(null);
  const [durationS, setDuration] = useState<number | null>(null);
  const modelRef = picked ?? props.modelRef ?? props.refs[0] ?? null;
  const start = useMutation(api.bench.start.mutationOptions({ onSuccess: ({ jobId }) => props.onStarted(jobId) }));
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (modelRef === null) return;
    start.mutate({
      modelRef,
      ...(threads === null ? {} : { threads }),
      ...(batch === null ? {} : { batch }),
      ...(durationS === null ? {} : { durationS }),
    });
  };
  return (
    <form className={styles['form']} onSubmit={onSubmit}>
      <SelectField
        label={t('bench.model')}
        value={modelRef}
        onChange={setPicked}
        choices={props.refs.map((ref) => ({ value: ref, label: ref }))}
        isSearchable
        nothingFound={t('common.noMatch')}
      />
      <div className={styles['options']}>
        <NumberField
          label={t('bench.threads')}
          value={threads}
          onChange={setThreads}
          min={1}
          max={256}
          placeholder={t('bench.auto')}
        />
        <NumberField label={t('bench.batch')} value={batch} onChange={setBatch} min={1} max={4096} placeholder="1" />
        <NumberField
          label={t('bench.duration')}
          value={durationS}
          onChange={setDuration}
          min={1}
          max={3600}
          unit="s"
          placeholder={t('bench.auto')}
        />
      </div>
      {start.error ? <ErrorNote error={asAppError(start.error)} /> : null}
      <Button
        kind="primary"
        icon="play"
        type="submit"
        isBusy={start.isPending}
        isDisabled={props.isRunning || modelRef === null}
      >
        {props.isRunning ? t('bench.running') : t('bench.start')}
      </Button>
    </form>
  );
}
