// What a place shows while it has nothing to show: loading, empty, failed.
import { Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { asAppError } from '../lib/errors.ts';
import { Button } from './button.tsx';
import { ErrorNote } from './error-note.tsx';
import { Icon, type IconName } from './icons.tsx';
import styles from './states.module.css';

export function Loading(props: { label?: string }) {
  const { t } = useTranslation();
  return (
    <div className={styles['state']} role="status">
      <Loader size={18} color="gray" />
      <span className={styles['text']}>{props.label ?? t('common.loading')}</span>
    </div>
  );
}

export function Empty(props: { icon: IconName; title: string; text: string; action?: ReactNode }) {
  return (
    <div className={styles['state']}>
      <span className={styles['icon']}>
        <Icon name={props.icon} size={28} />
      </span>
      <h2 className={styles['title']}>{props.title}</h2>
      <p className={styles['text']}>{props.text}</p>
      {props.action ? <div className={styles['action']}>{props.action}</div> : null}
    </div>
  );
}

export function Failed(props: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={styles['state']}>
      <div className={styles['failed']}>
        <ErrorNote
          error={asAppError(props.error)}
          action={props.onRetry ? <Button onClick={props.onRetry}>{t('common.retry')}</Button> : null}
        />
      </div>
    </div>
  );
}

interface QueryLike<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** Loading, failed, or the children with the data. Data that is there stays in sight while a later fetch fails. */
export function Loaded<T>(props: { query: QueryLike<T>; children: (data: T) => ReactNode }) {
  const { data, error, refetch } = props.query;
  if (data !== undefined) return props.children(data);
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  return <Loading />;
}
