// Keyboard movement in a grid: arrows, Home, End, page keys; Enter opens, Space selects.
import { type KeyboardEvent, useCallback, useState } from 'react';

interface GridKeysOptions {
  readonly count: number;
  readonly pageSize: number;
  onOpen(index: number): void;
  onToggle(index: number): void;
  /** Scrolls the row into sight. */
  onShow(index: number): void;
}

export interface GridKeys {
  readonly active: number | null;
  onKeyDown(event: KeyboardEvent): void;
  onFocus(event: { readonly target: EventTarget; readonly currentTarget: EventTarget }): void;
  activate(index: number): void;
}

/** The row that a key moves to, or null when the key moves nothing. */
export function movedIndex(key: string, from: number, count: number, pageSize: number): number | null {
  const last = count - 1;
  if (last < 0) return null;
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + pageSize,
    PageUp: from - pageSize,
    Home: 0,
    End: last,
  };
  const to = moves[key];
  return to === undefined ? null : Math.min(last, Math.max(0, to));
}

export function useGridKeys(options: GridKeysOptions): GridKeys {
  const [chosen, setActive] = useState<number | null>(null);
  const active = chosen === null || options.count === 0 ? null : Math.min(chosen, options.count - 1);
  const activate = useCallback((index: number) => setActive(index), []);
  return {
    active,
    activate,
    onFocus(event) {
      if (event.target === event.currentTarget && active === null && options.count > 0) setActive(0);
    },
    onKeyDown(event) {
      if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
      const to = movedIndex(event.key, active ?? -1, options.count, options.pageSize);
      if (to !== null) {
        setActive(to);
        options.onShow(to);
      } else if (event.key === 'Enter' && active !== null) options.onOpen(active);
      else if (event.key === ' ' && active !== null) options.onToggle(active);
      else return;
      event.preventDefault();
    },
  };
}
