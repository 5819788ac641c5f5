// Work under way: what it is, how far it is, the time left, and the button that ends it; or why it ended.
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import { ErrorNote } from './error-note.tsx';
import styles from './job-panel.module.css';
import { ProgressBar } from './meter.tsx';
import { Status } from './status.tsx';

export function JobPanel(props: {
  title: string;
  subject: string;
  step: string;
  share: number | null;
  left: string;
  error: { readonly code: string; readonly message: string } | null;
  isCancelling: boolean;
  /** Null while there is nothing to cancel yet. */
  onCancel: (() => void) | null;
}) {
  const { t } = useTranslation();
  const { error, onCancel } = props;
  if (error !== null)
    return (
      <div className={styles['panel']}>
        <ErrorNote error={error} isPlain />
      </div>
    );
  return (
    <div className={styles['panel']} role="status">
      <div className={styles['head']}>
        <Status tone="busy" word={props.title} isPulsing />
        <span className={styles['subject']}>{props.subject}</span>
        <Button isBusy={props.isCancelling} isDisabled={onCancel === null} onClick={() => onCancel?.()}>
          {t('common.cancel')}
        </Button>
      </div>
      <ProgressBar label={props.title} share={props.share} />
      <div className={styles['foot']}>
        <span>{props.step}</span>
        <span>{props.left}</span>
      </div>
    </div>
  );
}
