// Which rows of a table are ticked.
import { useCallback, useMemo, useState } from 'react';

export interface Selection {
  readonly keys: ReadonlySet<string>;
  readonly toggle: (key: string) => void;
  readonly replace: (keys: readonly string[]) => void;
  /** Read out for the boxes: "Select line-1". */
  readonly labelOf: (key: string) => string;
  readonly labelAll: string;
}

export function useSelection(labels: {
  readonly labelOf: (key: string) => string;
  readonly labelAll: string;
}): Selection {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((key: string) => {
    setKeys((now) => {
      const next = new Set(now);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  }, []);
  const replace = useCallback((next: readonly string[]) => setKeys(new Set(next)), []);
  const { labelOf, labelAll } = labels;
  return useMemo(() => ({ keys, toggle, replace, labelOf, labelAll }), [keys, toggle, replace, labelOf, labelAll]);
}
