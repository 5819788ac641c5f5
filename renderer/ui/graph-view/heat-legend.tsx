// The ramp of a graph coloured by time, from none to the hottest node.
import styles from './graph-view.module.css';

export function HeatLegend(props: { low: string; high: string; label: string }) {
  return (
    <span className={styles['legend']} role="img" aria-label={props.label}>
      <span aria-hidden="true">{props.low}</span>
      <span className={styles['ramp']} aria-hidden="true" />
      <span aria-hidden="true">{props.high}</span>
    </span>
  );
}
