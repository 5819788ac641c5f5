// Ratios with their intervals around "no difference": the band that counts as the same, and what noise alone does, beneath.
import styles from './ratio-plot.module.css';
import type { Tone } from './status.tsx';

export interface RatioRow {
  readonly label: string;
  readonly tone: Tone;
  /** Ratios: 1 is no difference. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly text: string;
}

export function RatioPlot(props: {
  label: string;
  rows: readonly RatioRow[];
  /** The A/A interval; null where none was measured. */
  noise: RatioRow | null;
  threshold: number;
  words: { readonly faster: string; readonly slower: string; readonly band: string };
  formatChange: (share: number) => string;
}) {
  const { rows, noise, threshold } = props;
  const all = noise ? [...rows, noise] : rows;
  const reach = Math.max(
    threshold * 1.6,
    ...all.flatMap((row) => [Math.abs(row.low - 1), Math.abs(row.high - 1)]).map((one) => one * 1.12),
  );
  const at = (ratio: number) => `${50 + (Math.max(-reach, Math.min(reach, ratio - 1)) / reach) * 50}%`;
  const band = { left: at(1 - threshold), right: `calc(100% - ${at(1 + threshold)})` };
  return (
    <div className={styles['plot']}>
      <div className={styles['ends']} aria-hidden="true">
        <span />
        <span className={styles['scale']}>
          <span>← {props.words.faster}</span>
          <span>{props.words.slower} →</span>
        </span>
        <span />
      </div>
      <ul className={styles['rows']} aria-label={props.label}>
        {all.map((row) => (
          <li key={row.label} className={styles['row']} data-tone={row.tone} data-noise={row === noise || undefined}>
            <span className={styles['name']} title={row.label}>
              {row.label}
            </span>
            <span className={styles['track']} aria-hidden="true">
              <span className={styles['band']} style={band} />
              <span className={styles['zero']} />
              <span
                className={styles['whisker']}
                style={{ left: at(row.low), right: `calc(100% - ${at(row.high)})` }}
              />
              <span className={styles['mark']} style={{ left: at(row.estimate) }} />
            </span>
            <span className={styles['text']}>{row.text}</span>
          </li>
        ))}
      </ul>
      <div className={styles['ends']} aria-hidden="true">
        <span />
        <span className={styles['ticks']}>
          <span data-side="left" style={{ left: at(1 - threshold) }}>
            {props.formatChange(-threshold)}
          </span>
          <span data-side="right" style={{ left: at(1 + threshold) }}>
            {props.formatChange(threshold)}
          </span>
        </span>
        <span className={styles['note']}>{props.words.band}</span>
      </div>
    </div>
  );
}
