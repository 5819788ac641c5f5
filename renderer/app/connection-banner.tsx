// The banner while the line to the backend is away: since when, when the next try starts, and a button to try now.
import { useTranslation } from 'react-i18next';
import { useFormat } from '../lib/format.ts';
import { useServices } from '../lib/rpc-context.tsx';
import { useStore } from '../lib/store.ts';
import { useNow } from '../lib/use-now.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import styles from './shell.module.css';

export function ConnectionBanner() {
  const { connection, host } = useServices();
  const state = useStore(connection.state);
  return state.kind === 'away' ? (
    <Away
      sinceMs={state.sinceMs}
      retryAtMs={state.retryAtMs}
      needsLink={host.kind === 'browser' && state.tries > TRIES_BEFORE_HINT}
      onRetry={connection.retryNow}
    />
  ) : null;
}

/** A restarted web host does not know this page's session. */
const TRIES_BEFORE_HINT = 3;

function Away(props: { needsLink: boolean; sinceMs: number; retryAtMs: number; onRetry: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const waitS = Math.max(0, Math.ceil((props.retryAtMs - now) / 1000));
  return (
    <div className={styles['banner']} role="alert">
      <Icon name="warning" />
      <strong>{t('shell.away.title')}</strong>
      <span>{props.needsLink ? t('shell.away.link') : t('shell.away.text', { time: format.time(props.sinceMs) })}</span>
      <span className={styles['bannerEnd']}>
        {waitS > 0 ? t('shell.away.retryIn', { seconds: waitS }) : t('shell.away.retrying')}
      </span>
      <Button onClick={props.onRetry}>{t('shell.away.retryNow')}</Button>
    </div>
  );
}
