// The frame around every page: header, side bar, banner, status bar, and the key that opens the command palette.

import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useHotkeys } from '../ui/hooks.ts';
import { CommandPalette } from './command-palette.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { Header } from './header.tsx';
import { Nav } from './nav.tsx';
import styles from './shell.module.css';
import { StatusBar } from './status-bar.tsx';

export function Shell(props: { children: ReactNode }) {
  const { t } = useTranslation();
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  useHotkeys([['mod+K', () => setPaletteOpen(true)]], []);
  return (
    <div className={styles['shell']}>
      <a className={styles['skip']} href="#main" onClick={skipToMain}>
        {t('shell.skip')}
      </a>
      <Header onPalette={() => setPaletteOpen(true)} />
      <Nav />
      <main id="main" className={styles['main']} tabIndex={-1}>
        <ConnectionBanner />
        <div className={styles['content']}>{props.children}</div>
      </main>
      <StatusBar />
      <CommandPalette isOpen={isPaletteOpen} onClose={() => setPaletteOpen(false)} />
    </div>
  );
}

/** The hash holds the address of the page, so the link moves the focus itself. */
function skipToMain(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
