// Percentiles with their intervals on one scale: a whisker from low to high and a mark at the value.
import type { ReactNode } from 'react';
import styles from './interval-plot.module.css';

export interface Interval {
  readonly label: string;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The value as text, or why there is none. */
  readonly text: ReactNode;
  readonly rangeText: string;
  /** A further figure in a column of its own. */
  readonly lastText?: string;
}

export function IntervalPlot(props: {
  label: string;
  intervals: readonly Interval[];
  /** Names of the columns; the last only where intervals have `lastText`. */
  headers?: { readonly value: string; readonly range: string; readonly last: string };
}) {
  const ends = props.intervals.flatMap((one) => [one.low, one.high, one.value]).filter((value) => value !== null);
  const low = Math.min(...ends);
  const high = Math.max(...ends);
  const span = high - low || 1;
  const at = (value: number) => `${4 + ((value - low) / span) * 92}%`;
  return (
    <ul className={styles['plot']} aria-label={props.label} data-wide={props.headers !== undefined || undefined}>
      {props.headers ? (
        <li className={styles['header']} aria-hidden="true">
          <span />
          <span>{props.headers.value}</span>
          <span />
          <span>{props.headers.range}</span>
          <span>{props.headers.last}</span>
        </li>
      ) : null}
      {props.intervals.map((one) => (
        <li key={one.label} className={styles['row']}>
          <span className={styles['name']}>{one.label}</span>
          <span className={styles['value']} data-missing={one.value === null || undefined}>
            {one.text}
          </span>
          {one.value === null ? (
            <span />
          ) : (
            <span className={styles['track']} aria-hidden="true">
              {one.low !== null && one.high !== null ? (
                <span
                  className={styles['whisker']}
                  style={{ left: at(one.low), right: `calc(100% - ${at(one.high)})` }}
                />
              ) : null}
              <span className={styles['mark']} style={{ left: at(one.value) }} />
            </span>
          )}
          <span className={styles['range']}>{one.rangeText}</span>
          {one.lastText === undefined ? null : <span className={styles['last']}>{one.lastText}</span>}
        </li>
      ))}
    </ul>
  );
}
