// Labelled facts in aligned columns, large figures, and digests that can be copied.
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useServices } from '../lib/rpc-context.tsx';
import styles from './facts.module.css';
import { Icon } from './icons.tsx';
import { useToasts } from './toast.tsx';

export interface Fact {
  readonly label: string;
  readonly value: ReactNode;
}

export function Facts(props: { facts: readonly Fact[]; columns?: 1 | 2 | 3 }) {
  return (
    <dl className={styles['facts']} data-columns={props.columns ?? 1}>
      {props.facts.map((fact) => (
        <div key={fact.label} className={styles['fact']}>
          <dt>{fact.label}</dt>
          <dd>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A row of large figures, each with a caption under it. */
export function Figures(props: { figures: ReadonlyArray<{ label: string; value: string; note?: ReactNode }> }) {
  return (
    <dl className={styles['figures']}>
      {props.figures.map((figure) => (
        <div key={figure.label} className={styles['figure']}>
          <dt>{figure.label}</dt>
          <dd>{figure.value}</dd>
          {figure.note ? <dd className={styles['note']}>{figure.note}</dd> : null}
        </div>
      ))}
    </dl>
  );
}

/** `sha256:` and 64 digits, shortened in the middle; a click copies all of it. */
export function Digest(props: { value: string; length?: number }) {
  const { t } = useTranslation();
  const { host } = useServices();
  const toasts = useToasts();
  const [isCopied, setCopied] = useState(false);
  const bare = props.value.replace(/^(sha256|SHA256):/, '');
  const length = props.length ?? 12;
  const copy = () => {
    host.copyText(props.value).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), 1500);
      },
      (error: unknown) => toasts.failed(error),
    );
  };
  return (
    <button
      type="button"
      className={styles['digest']}
      title={props.value}
      onClick={copy}
      aria-label={t('common.copyValue', { value: bare.slice(0, length) })}
    >
      <span>{bare.slice(0, length)}…</span>
      <Icon name={isCopied ? 'check' : 'copy'} size={12} />
    </button>
  );
}

/** Code, paths, addresses. */
export function Mono(props: { children: ReactNode; title?: string }) {
  return (
    <span className={styles['mono']} title={props.title}>
      {props.children}
    </span>
  );
}

/** Second-rank text in a cell. */
export function Dim(props: { children: ReactNode; title?: string }) {
  return (
    <span className={styles['dim']} title={props.title}>
      {props.children}
    </span>
  );
}
