// The side bar: the pages, and how many devices are online.
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { useFleet } from '../lib/rpc-context.tsx';
import { Icon } from '../ui/icons.tsx';
import { NAVIGATION, sectionOf } from './navigation.ts';
import styles from './shell.module.css';

export function Nav() {
  const { t } = useTranslation();
  const [path] = useLocation();
  const section = sectionOf(path);
  const fleet = useFleet();
  const online = fleet.devices.filter((view) => view.connection === 'online').length;
  return (
    <nav className={styles['nav']} aria-label={t('shell.navigation')}>
      <ul>
        {NAVIGATION.map((entry) => (
          <li key={entry.id}>
            <Link
              href={entry.path}
              className={styles['navLink']}
              aria-current={section === entry.id ? 'page' : undefined}
            >
              <Icon name={entry.icon} />
              <span>{t(`nav.${entry.id}`)}</span>
              {entry.id === 'fleet' && fleet.devices.length > 0 ? (
                <span
                  className={styles['navCount']}
                  title={t('shell.onlineOf', { online, count: fleet.devices.length })}
                >
                  {online}/{fleet.devices.length}
                </span>
              ) : null}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
