// The start of a profile: model, perhaps a second one to set beside it, machine.
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { THIS_COMPUTER, useMachines } from '../../lib/machines.ts';
import { Button } from '../../ui/button.tsx';
import { SelectField } from '../../ui/fields.tsx';
import styles from './profile.module.css';

/** Stands for "no second model" in the list, which has no empty choice. */
const NO_SECOND = '';

export interface ProfileOrder {
  /** One or two. */
  readonly refs: readonly string[];
  readonly machine: string;
}

export function ProfileForm(props: {
  refs: readonly string[];
  modelRef: string | null;
  isBusy: boolean;
  onStart: (order: ProfileOrder) => void;
}) {
  const { t } = useTranslation();
  const machines = useMachines();
  const [modelRef, setModel] = useState(props.modelRef ?? props.refs[0] ?? null);
  const [second, setSecond] = useState(NO_SECOND);
  const [machine, setMachine] = useState(THIS_COMPUTER);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (modelRef === null) return;
    props.onStart({ refs: second === NO_SECOND ? [modelRef] : [modelRef, second], machine });
  };
  const choices = props.refs.map((ref) => ({ value: ref, label: ref }));
  return (
    <form className={styles['form']} onSubmit={onSubmit} aria-label={t('profile.new')}>
      <p className={styles['intro']}>{t('profile.intro')}</p>
      <div className={styles['fields']}>
        <SelectField
          label={t('bench.model')}
          value={modelRef}
          onChange={setModel}
          choices={choices}
          isSearchable
          nothingFound={t('common.noMatch')}
        />
        <SelectField
          label={t('profile.second')}
          value={second}
          onChange={(ref) => setSecond(ref ?? NO_SECOND)}
          choices={[
            { value: NO_SECOND, label: t('profile.noSecond') },
            ...choices.filter((one) => one.value !== modelRef),
          ]}
        />
        <SelectField
          label={t('compare.machine')}
          value={machine}
          onChange={(next) => next !== null && setMachine(next)}
          choices={machines.filter((one) => one.isReady).map(({ value, label }) => ({ value, label }))}
        />
      </div>
      <div>
        <Button
          kind="primary"
          icon="play"
          type="submit"
          isLarge
          isBusy={props.isBusy}
          isDisabled={modelRef === null || second === modelRef}
        >
          {t('profile.start')}
        </Button>
      </div>
    </form>
  );
}
