// A share as a bar with its number, and the progress of a transfer or a job.
import styles from './meter.module.css';

/** @param share 0–1 or null when there is no value; @param text the number as people read it */
export function Meter(props: { label: string; share: number | null; text: string; warnAt?: number; title?: string }) {
  const { share } = props;
  if (share === null) {
    return (
      <span className={styles['meter']} title={props.title}>
        <span />
        <span className={styles['text']}>{props.text}</span>
      </span>
    );
  }
  const width = Math.min(100, Math.max(0, share * 100));
  const isHigh = props.warnAt !== undefined && share >= props.warnAt;
  return (
    <span className={styles['meter']} title={props.title}>
      <span
        className={styles['track']}
        role="meter"
        aria-label={props.label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(width)}
        aria-valuetext={props.text}
      >
        <span className={styles['fill']} data-high={isHigh || undefined} style={{ width: `${width}%` }} />
      </span>
      <span className={styles['text']}>{props.text}</span>
    </span>
  );
}

/** @param share 0–1; null: under way with no known end */
export function ProgressBar(props: { label: string; share: number | null; tone?: 'busy' | 'ok' | 'bad' }) {
  const { share } = props;
  return (
    <span
      className={styles['progress']}
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.round(share * 100)}
      data-tone={props.tone ?? 'busy'}
    >
      <span
        className={styles['done']}
        data-endless={share === null || undefined}
        style={{ width: share === null ? '30%' : `${Math.min(100, share * 100)}%` }}
      />
    </span>
  );
}
