// Names for dynamic dimensions that have none.

/** Gives `?1`, `?2` … over the whole model, because each may differ from the others. */
export function dimensionNamer(): () => string {
  let count = 0;
  return () => `?${++count}`;
}
