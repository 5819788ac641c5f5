// A cell of two lines: what it is, and the fact under it.
import styles from './two-lines.module.css';

export function TwoLines(props: { first: string; second: string | null; isStrong?: boolean }) {
  return (
    <span className={styles['cell']}>
      <span className={styles['first']} data-strong={props.isStrong || undefined} title={props.first}>
        {props.first}
      </span>
      {props.second === null ? null : (
        <span className={styles['second']} title={props.second}>
          {props.second}
        </span>
      )}
    </span>
  );
}
