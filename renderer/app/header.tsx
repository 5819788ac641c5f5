// The header: name, command palette, state of the line, theme and language.
import { useTranslation } from 'react-i18next';
import type { LineState } from '../lib/rpc.ts';
import { useServices } from '../lib/rpc-context.tsx';
import { useStore } from '../lib/store.ts';
import { IconButton } from '../ui/button.tsx';
import { Icon, Mark } from '../ui/icons.tsx';
import { DropMenu } from '../ui/menu.tsx';
import { Status, type Tone } from '../ui/status.tsx';
import { usePreferences } from './preferences-context.ts';
import styles from './shell.module.css';

const TONES: Readonly<Record<LineState['kind'], Tone>> = { connecting: 'busy', open: 'ok', away: 'bad' };
const THEMES = [
  { id: 'light', icon: 'sun' },
  { id: 'dark', icon: 'moon' },
  { id: 'system', icon: 'screen' },
] as const;
const LANGUAGES = [
  { id: 'en', label: 'English' },
  { id: 'zh-CN', label: '简体中文' },
] as const;

export function Header(props: { onPalette: () => void }) {
  const { t } = useTranslation();
  const { connection } = useServices();
  const line = useStore(connection.state, (state) => state.kind);
  const preferences = usePreferences();
  const { theme, language } = useStore(preferences);
  const themeIcon = THEMES.find((one) => one.id === theme)?.icon ?? 'screen';
  return (
    <header className={styles['top']}>
      <div className={styles['brand']}>
        <Mark />
        <span>Lineside</span>
      </div>
      <button type="button" className={styles['palette']} onClick={props.onPalette}>
        <Icon name="search" size={14} />
        <span>{t('shell.searchOrRun')}</span>
        <kbd>{t('shell.paletteKeys')}</kbd>
      </button>
      <div className={styles['topEnd']}>
        <Status tone={TONES[line]} word={t(`shell.line.${line}`)} isPulsing={line !== 'open'} />
        <DropMenu
          label={t('shell.theme')}
          target={<IconButton icon={themeIcon} label={t('shell.theme')} />}
          entries={THEMES.map((one) => ({
            id: one.id,
            icon: one.icon,
            label: t(`shell.themes.${one.id}`),
            isChosen: one.id === theme,
            run: () => preferences.update((now) => ({ ...now, theme: one.id })),
          }))}
        />
        <DropMenu
          label={t('shell.language')}
          target={<IconButton icon="globe" label={t('shell.language')} />}
          entries={LANGUAGES.map((one) => ({
            id: one.id,
            label: one.label,
            isChosen: one.id === language,
            run: () => preferences.update((now) => ({ ...now, language: one.id })),
          }))}
        />
      </div>
    </header>
  );
}
