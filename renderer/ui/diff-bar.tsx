// A signed amount as a bar to the left or right of the middle, on a scale that all rows of a table share.
import styles from './diff-bar.module.css';

/** Less is good: negative amounts point left and are green, positive ones right and are red. */
export function DiffBar(props: { value: number; most: number; text: string }) {
  const { value, most } = props;
  const width = `${Math.min(50, (Math.abs(value) / (most || 1)) * 50)}%`;
  return (
    <span className={styles['cell']}>
      <span className={styles['track']} aria-hidden="true">
        <span className={styles['bar']} data-sign={value < 0 ? 'less' : 'more'} style={{ width }} />
      </span>
      <span className={styles['text']}>{props.text}</span>
    </span>
  );
}
