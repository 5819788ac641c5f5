// JSON with one form only: keys in the order of their code units, no spaces, so that the same content has the same digest.

/** The same value with the keys of every object sorted; properties that are undefined are left away. */
export function withSortedKeys<T>(value: T): T {
  return sort(value) as T;
}

/** UTF-8 bytes of the canonical JSON. The value must be plain JSON data. */
export function canonicalJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(sort(value)), 'utf8');
}

function sort(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sort);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, item]) => [key, sort(item)]));
}
