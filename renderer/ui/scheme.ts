// The colour scheme in use, for what is drawn on a canvas and so cannot follow CSS by itself.
import { createContext, useContext } from 'react';

export type Scheme = 'light' | 'dark';

export const SchemeContext = createContext<Scheme>('light');

/** Changes when the theme does: a dependency for drawings. */
export function useScheme(): Scheme {
  return useContext(SchemeContext);
}

/** The present value of a design token, such as `--chart-1`. */
export function readToken(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
