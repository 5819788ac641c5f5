// Labels as people type them: `site=plant-a, line=3`.

const KEY = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/;
const VALUE = /^[A-Za-z0-9._-]*$/;

/** Null when a part is not `key=value`. */
export function parseLabels(text: string): Record<string, string> | null {
  const labels: Record<string, string> = {};
  for (const part of text.split(',')) {
    const trimmed = part.trim();
    if (trimmed === '') continue;
    const at = trimmed.indexOf('=');
    const key = trimmed.slice(0, at);
    const value = trimmed.slice(at + 1);
    if (at < 1 || !KEY.test(key) || !VALUE.test(value)) return null;
    labels[key] = value;
  }
  return labels;
}
