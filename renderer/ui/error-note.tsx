// A failure in the user's words: what happened, the facts, what to do.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '../lib/error-text.ts';
import styles from './error-note.module.css';
import { Icon } from './icons.tsx';

export function ErrorNote(props: {
  error: { readonly code: string; readonly message: string };
  action?: ReactNode;
  isPlain?: boolean;
}) {
  const { t } = useTranslation();
  const text = errorText(t, props.error);
  return (
    <div className={props.isPlain ? styles['plain'] : styles['note']} role="alert">
      <span className={styles['icon']}>
        <Icon name="warning" />
      </span>
      <div className={styles['body']}>
        <strong className={styles['title']}>{text.title}</strong>
        {text.message ? <p className={styles['message']}>{text.message}</p> : null}
        <p className={styles['todo']}>{text.todo}</p>
        {props.action ? <div className={styles['action']}>{props.action}</div> : null}
      </div>
    </div>
  );
}
