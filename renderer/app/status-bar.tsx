// The status bar: version, host, runtime, data folder.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useApi } from '../lib/rpc-context.tsx';
import styles from './shell.module.css';

export function StatusBar() {
  const { t } = useTranslation();
  const api = useApi();
  const { data } = useQuery(api.system.info.queryOptions({ staleTime: Number.POSITIVE_INFINITY }));
  return (
    <footer className={styles['status']} aria-label={t('shell.statusBar')}>
      {data ? (
        <>
          <span>Lineside {data.version}</span>
          <span>{t(`shell.hosts.${data.host}`)}</span>
          <span>
            {data.platform} {data.architecture}
          </span>
          <span>{t('shell.runtime', { version: data.onnxruntimeVersion })}</span>
          <span className={styles['statusEnd']} title={data.dataDir}>
            {t('shell.dataDir')} <code>{data.dataDir}</code>
          </span>
        </>
      ) : null}
    </footer>
  );
}
