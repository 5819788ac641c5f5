// A name for what is made from a file: its base name in the letters that names allow.

/** `…/Digits Mobile_v2.onnx` gives `digits-mobile_v2`; empty when nothing usable is left. */
export function suggestName(path: string): string {
  const base = path.split(/[\\/]/).at(-1) ?? '';
  return base
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 64);
}
