// The whole page: language, theme, services, router, shell.
import type { i18n } from 'i18next';
import { useEffect } from 'react';
import { I18nextProvider } from 'react-i18next';
import { Router, useLocation } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import type { Host } from '../lib/host.ts';
import type { Preferences } from '../lib/preferences.ts';
import type { RpcConnection } from '../lib/rpc.ts';
import { RpcProvider } from '../lib/rpc-context.tsx';
import { type Store, useStore } from '../lib/store.ts';
import { UiProvider } from '../ui/ui-provider.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { PreferencesContext } from './preferences-context.ts';
import { Routes } from './routes.tsx';
import { Shell } from './shell.tsx';

export interface AppProps {
  readonly connection: RpcConnection;
  readonly host: Host;
  readonly preferences: Store<Preferences>;
  readonly translations: i18n;
}

export function App(props: AppProps) {
  const { connection, host, preferences, translations } = props;
  const { theme, language } = useStore(preferences);
  useEffect(() => {
    document.documentElement.lang = language;
    void translations.changeLanguage(language);
  }, [language, translations]);
  return (
    <PreferencesContext value={preferences}>
      <I18nextProvider i18n={translations}>
        <UiProvider theme={theme}>
          <RpcProvider connection={connection} host={host}>
            <Router hook={useHashLocation}>
              <Shell>
                <Body />
              </Shell>
            </Router>
          </RpcProvider>
        </UiProvider>
      </I18nextProvider>
    </PreferencesContext>
  );
}

function Body() {
  const [path] = useLocation();
  return (
    <ErrorBoundary resetKey={path}>
      <Routes />
    </ErrorBoundary>
  );
}
