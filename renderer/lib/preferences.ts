// The user's choices that outlive the page: theme and language, in localStorage.
import { createStore, type Store } from './store.ts';

export type ThemeChoice = 'light' | 'dark' | 'system';
export type Language = 'en' | 'zh-CN';

export interface Preferences {
  readonly theme: ThemeChoice;
  readonly language: Language;
}

const KEY = 'lineside.preferences';

function isTheme(value: unknown): value is ThemeChoice {
  return value === 'light' || value === 'dark' || value === 'system';
}

function isLanguage(value: unknown): value is Language {
  return value === 'en' || value === 'zh-CN';
}

/** Chinese for a browser that asks for Chinese first, else English. */
export function preferredLanguage(languages: readonly string[]): Language {
  return languages[0]?.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

/** Reads what is stored; anything unreadable counts as not stored. */
export function readPreferences(text: string | null, languages: readonly string[]): Preferences {
  const fallback: Preferences = { theme: 'system', language: preferredLanguage(languages) };
  if (text === null) return fallback;
  try {
    const stored = JSON.parse(text) as Partial<Record<keyof Preferences, unknown>>;
    return {
      theme: isTheme(stored.theme) ? stored.theme : fallback.theme,
      language: isLanguage(stored.language) ? stored.language : fallback.language,
    };
  } catch {
    return fallback;
  }
}

export function createPreferences(): Store<Preferences> {
  const store = createStore(readPreferences(localStorage.getItem(KEY), navigator.languages));
  store.subscribe(() => localStorage.setItem(KEY, JSON.stringify(store.get())));
  return store;
}
