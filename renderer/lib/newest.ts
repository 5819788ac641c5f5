// The order in which a user looks for models: the one imported last comes first.

export function newestFirst<T extends { readonly importedAtMs: number }>(models: readonly T[]): T[] {
  return [...models].sort((a, b) => b.importedAtMs - a.importedAtMs);
}
