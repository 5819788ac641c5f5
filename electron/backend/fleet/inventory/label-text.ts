// Labels of a device written in one field of a file: `site=a;line=press`, with semicolons, commas or spaces between.

const LABEL = /^([A-Za-z0-9][A-Za-z0-9._/-]*)=([A-Za-z0-9._-]*)$/;

/** Null when one of them is no label. */
export function parseLabels(text: string): Record<string, string> | null {
  const labels: [string, string][] = [];
  for (const part of text.split(/[;,\s]+/)) {
    if (part === '') continue;
    const match = LABEL.exec(part);
    if (!match) return null;
    labels.push([match[1] ?? '', match[2] ?? '']);
  }
  return Object.fromEntries(labels);
}

export function isLabel(key: string, value: string): boolean {
  return LABEL.test(`${key}=${value}`);
}

export function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(';');
}
