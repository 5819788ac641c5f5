// A field for a file on the machine of the backend: typed, or picked through the host door.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FileFilter } from '../../shared/contract/host-door.ts';
import { useServices } from '../lib/rpc-context.tsx';
import { Button } from './button.tsx';
import { TextField } from './fields.tsx';
import styles from './path-field.module.css';
import { useToasts } from './toast.tsx';

export function PathField(props: {
  label: string;
  hint?: string;
  value: string;
  onChange: (path: string) => void;
  filters: readonly FileFilter[];
  isRequired?: boolean;
  placeholder?: string;
  autoFocus?: boolean;
}) {
  const { t } = useTranslation();
  const { host } = useServices();
  const toasts = useToasts();
  const [isBusy, setBusy] = useState(false);
  const pick = async () => {
    setBusy(true);
    try {
      const path = await host.pickFile(props.filters);
      if (path !== null) props.onChange(path);
    } catch (error) {
      toasts.failed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={styles['field']}>
      <div className={styles['text']}>
        <TextField
          label={props.label}
          hint={props.hint}
          value={props.value}
          onChange={props.onChange}
          isRequired={props.isRequired ?? false}
          isMono
          placeholder={props.placeholder ?? ''}
          autoFocus={props.autoFocus ?? false}
        />
      </div>
      <div className={styles['browse']}>
        <Button isBusy={isBusy} onClick={() => void pick()} label={`${t('common.browse')}: ${props.label}`}>
          {t('common.browse')}
        </Button>
      </div>
    </div>
  );
}
