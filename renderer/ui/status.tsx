// Status as dot and word (never colour alone), short tags, and counts by tone.
import styles from './status.module.css';

export type Tone = 'ok' | 'busy' | 'warn' | 'bad' | 'idle';

export function Status(props: { tone: Tone; word: string; isPulsing?: boolean }) {
  return (
    <span className={styles['status']} data-tone={props.tone}>
      <span className={styles['dot']} data-pulse={props.isPulsing || undefined} aria-hidden="true" />
      <span className={styles['word']}>{props.word}</span>
    </span>
  );
}

export function Tag(props: { children: string; tone?: Tone; title?: string }) {
  return (
    <span className={styles['tag']} data-tone={props.tone} title={props.title}>
      {props.children}
    </span>
  );
}

export interface Share {
  readonly tone: Tone;
  readonly label: string;
  readonly count: number;
}

/** A bar of counts by state with its legend; the sum of the counts is the whole width. */
export function ShareBar(props: { label: string; shares: readonly Share[] }) {
  const shares = props.shares.filter((share) => share.count > 0);
  return (
    <div>
      <div
        className={styles['shares']}
        role="img"
        aria-label={`${props.label}: ${shares.map((s) => `${s.label} ${s.count}`).join(', ')}`}
      >
        {shares.map((share) => (
          <span
            key={share.label}
            className={styles['share']}
            data-tone={share.tone}
            style={{ flexGrow: share.count }}
          />
        ))}
      </div>
      <ul className={styles['legend']}>
        {shares.map((share) => (
          <li key={share.label} data-tone={share.tone}>
            <span className={styles['dot']} aria-hidden="true" />
            <span>{share.label}</span>
            <strong>{share.count}</strong>
          </li>
        ))}
      </ul>
    </div>
  );
}
