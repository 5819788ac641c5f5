// A value with its interval as a small bar on a scale that all rows of a table share.
import styles from './interval-bar.module.css';

export function IntervalBar(props: {
  text: string;
  /** Read out and shown on hover: the interval in words. */
  title: string;
  value: number | null;
  low: number | null;
  high: number | null;
  /** The right end of the shared scale, which begins at zero. */
  top: number;
}) {
  const { value, low, high, top } = props;
  const at = (of: number) => `${Math.min(100, (of / (top || 1)) * 100)}%`;
  return (
    <span className={styles['cell']} title={props.title}>
      <span className={styles['track']} aria-hidden="true">
        {value === null ? null : <span className={styles['bar']} style={{ width: at(value) }} />}
        {low !== null && high !== null ? (
          <span className={styles['whisker']} style={{ left: at(low), right: `calc(100% - ${at(high)})` }} />
        ) : null}
      </span>
      <span className={styles['text']}>{props.text}</span>
    </span>
  );
}
