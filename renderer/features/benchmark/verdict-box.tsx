// Whether to trust the measurement, in one word, one sentence and its reasons.
import { useTranslation } from 'react-i18next';
import type { Verdict } from '../../../shared/contract/bench-result.ts';
import { useFormat } from '../../lib/format.ts';
import { Icon, type IconName } from '../../ui/icons.tsx';
import styles from './verdict-box.module.css';
import { reasonText, VERDICT_TONES } from './verdict-text.ts';

const ICONS: Readonly<Record<Verdict['verdict'], IconName>> = { trust: 'check', repeat: 'warning', reject: 'cross' };

export function VerdictBox(props: { verdict: Verdict }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { verdict, reasons } = props.verdict;
  const weighty = reasons.filter((reason) => reason.weight !== 'note');
  const notes = reasons.filter((reason) => reason.weight === 'note');
  return (
    <section className={styles['box']} data-tone={VERDICT_TONES[verdict]} aria-label={t('bench.verdict')}>
      <span className={styles['icon']}>
        <Icon name={ICONS[verdict]} size={20} />
      </span>
      <div className={styles['body']}>
        <h3 className={styles['word']}>{t(`bench.verdicts.${verdict}`)}</h3>
        <p>{t(`bench.verdictTexts.${verdict}`)}</p>
        {weighty.length > 0 ? (
          <ul className={styles['reasons']}>
            {weighty.map((reason) => (
              <li key={reason.code}>{reasonText(t, format, reason)}</li>
            ))}
          </ul>
        ) : null}
        {notes.length > 0 ? (
          <ul className={styles['notes']}>
            {notes.map((reason) => (
              <li key={`${reason.code} ${reason.text}`}>{reasonText(t, format, reason)}</li>
            ))}
          </ul>
        ) : null}
      </div>
    </section>
  );
}
