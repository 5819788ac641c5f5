// The question of the first contact: is this fingerprint the device's?
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import styles from './host-key-question.module.css';

export function HostKeyQuestion(props: {
  address: string;
  fingerprint: string;
  isBusy: boolean;
  onAccept: () => void;
  onRefuse: () => void;
}) {
  const { t } = useTranslation();
  return (
    <div className={styles['question']} role="alert">
      <strong>{t('hostKey.title', { address: props.address })}</strong>
      <code className={styles['print']}>{props.fingerprint}</code>
      <p>{t('hostKey.text')}</p>
      <div className={styles['actions']}>
        <Button onClick={props.onRefuse}>{t('hostKey.refuse')}</Button>
        <Button kind="primary" isBusy={props.isBusy} onClick={props.onAccept}>
          {t('hostKey.accept')}
        </Button>
      </div>
    </div>
  );
}
