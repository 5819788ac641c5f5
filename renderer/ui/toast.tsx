// Toasts: short results at the corner, read out by assistive technology, gone after a while unless they report a failure.
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '../lib/error-text.ts';
import { asAppError } from '../lib/errors.ts';
import { IconButton } from './button.tsx';
import { Icon } from './icons.tsx';
import styles from './toast.module.css';

interface Toast {
  readonly id: number;
  readonly tone: 'ok' | 'bad';
  readonly title: string;
  readonly detail: string | null;
}

export interface Toasts {
  done(title: string, detail?: string): void;
  failed(error: unknown): void;
}

const ToastContext = createContext<Toasts | null>(null);
const SHOWN_MS = 5000;
const MOST_SHOWN = 4;
let lastId = 0;

export function ToastProvider(props: { children: ReactNode }) {
  const { t } = useTranslation();
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const dismiss = useCallback((id: number) => setToasts((now) => now.filter((toast) => toast.id !== id)), []);
  const show = useCallback(
    (toast: Omit<Toast, 'id'>) => {
      lastId += 1;
      const id = lastId;
      setToasts((now) => [...now, { ...toast, id }].slice(-MOST_SHOWN));
      if (toast.tone === 'ok') setTimeout(() => dismiss(id), SHOWN_MS);
    },
    [dismiss],
  );
  const api = useMemo<Toasts>(
    () => ({
      done: (title, detail) => show({ tone: 'ok', title, detail: detail ?? null }),
      failed: (error) => {
        const text = errorText(t, asAppError(error));
        show({ tone: 'bad', title: text.title, detail: text.message ?? text.todo });
      },
    }),
    [show, t],
  );
  return (
    <ToastContext value={api}>
      {props.children}
      <div className={styles['stack']} role="status" aria-live="polite" aria-label={t('common.notifications')}>
        {toasts.map((toast) => (
          <div key={toast.id} className={styles['toast']} data-tone={toast.tone}>
            <span className={styles['icon']}>
              <Icon name={toast.tone === 'ok' ? 'check' : 'warning'} />
            </span>
            <div className={styles['text']}>
              <strong>{toast.title}</strong>
              {toast.detail ? <p>{toast.detail}</p> : null}
            </div>
            <IconButton icon="cross" label={t('common.dismiss')} onClick={() => dismiss(toast.id)} />
          </div>
        ))}
      </div>
    </ToastContext>
  );
}

export function useToasts(): Toasts {
  const toasts = useContext(ToastContext);
  if (!toasts) throw new Error('useToasts needs a UiProvider above it.');
  return toasts;
}
