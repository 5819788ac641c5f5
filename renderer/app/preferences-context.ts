// Hands the preference store down to the switches in the header and the command palette.
import { createContext, useContext } from 'react';
import type { Preferences } from '../lib/preferences.ts';
import type { Store } from '../lib/store.ts';

export const PreferencesContext = createContext<Store<Preferences> | null>(null);

export function usePreferences(): Store<Preferences> {
  const store = useContext(PreferencesContext);
  if (!store) throw new Error('usePreferences needs a PreferencesContext above it.');
  return store;
}
