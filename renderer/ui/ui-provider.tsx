// Wraps the page in the component library: theme, colour scheme, and the style nonce that the host wrote into the document.
import '@mantine/core/styles.layer.css';
import './tokens.css';
import './base.css';
import { MantineProvider } from '@mantine/core';
import { useColorScheme } from '@mantine/hooks';
import { type ReactNode, useMemo } from 'react';
import type { ThemeChoice } from '../lib/preferences.ts';
import { SchemeContext } from './scheme.ts';
import { cssVariablesResolver, theme } from './theme.ts';
import { ToastProvider } from './toast.tsx';

/** The nonce of this page's CSP; empty in a page served without one. */
export function readNonce(page: Document): string {
  return page.querySelector<HTMLMetaElement>('meta[name="lineside-nonce"]')?.content ?? '';
}

export function UiProvider(props: { theme: ThemeChoice; children: ReactNode }) {
  const system = useColorScheme('light', { getInitialValueInEffect: false });
  const scheme = props.theme === 'system' ? system : props.theme;
  const nonce = useMemo(() => readNonce(document), []);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      forceColorScheme={scheme}
      getStyleNonce={() => nonce}
    >
      <SchemeContext value={scheme}>
        <ToastProvider>{props.children}</ToastProvider>
      </SchemeContext>
    </MantineProvider>
  );
}
