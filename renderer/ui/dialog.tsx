// Dialogs: the form dialog, and the question before something is destroyed, which names the thing and the consequence.
import { Modal } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asAppError } from '../lib/errors.ts';
import { Button } from './button.tsx';
import styles from './dialog.module.css';
import { ErrorNote } from './error-note.tsx';

export function Dialog(props: {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  /** Pixels; default 520. */
  width?: number;
  footer?: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      title={props.title}
      size={props.width ?? 520}
      centered
      lockScroll={false}
      overlayProps={{ backgroundOpacity: 0.4 }}
      transitionProps={{ duration: 90, transition: 'fade' }}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      styles={{
        content: { background: 'var(--raised)', border: '1px solid var(--line)' },
        header: { background: 'var(--raised)', padding: '14px 20px 6px', minHeight: 0 },
        title: { fontSize: 15, fontWeight: 600 },
        body: { padding: '6px 20px 18px' },
      }}
    >
      {props.children}
      {props.footer ? <DialogFooter>{props.footer}</DialogFooter> : null}
    </Modal>
  );
}

/** The buttons at the end of a dialog's form. */
export function DialogFooter(props: { children: ReactNode }) {
  return <div className={styles['footer']}>{props.children}</div>;
}

export interface Question {
  readonly title: string;
  /** What will be gone or different afterwards. */
  readonly consequence: string;
  readonly action: string;
  readonly isDestructive?: boolean;
  readonly extra?: ReactNode;
  run(): Promise<unknown>;
}

/** Asks before it runs; stays open with the error when the run fails. */
export function ConfirmDialog(props: { question: Question | null; onClose: () => void }) {
  const { t } = useTranslation();
  const { question, onClose } = props;
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  if (!question) return null;
  const close = () => {
    setError(null);
    onClose();
  };
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      await question.run();
      close();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={question.title}
      isOpen
      onClose={close}
      width={460}
      footer={
        <>
          <Button onClick={close}>{t('common.cancel')}</Button>
          <Button
            kind={question.isDestructive === false ? 'primary' : 'danger'}
            isBusy={isBusy}
            onClick={() => void run()}
          >
            {question.action}
          </Button>
        </>
      }
    >
      <p className={styles['consequence']}>{question.consequence}</p>
      {question.extra}
      {error === null ? null : <ErrorNote error={asAppError(error)} />}
    </Dialog>
  );
}
