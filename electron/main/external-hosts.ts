// The allow-list of hosts that a link of the page may open in the system's browser.

const ALLOWED_HOSTS: ReadonlySet<string> = new Set(['onnx.ai', 'onnxruntime.ai']);

/** True for an https address, on the standard port and without credentials, of a host on the list. */
export function isAllowedExternalUrl(address: string): boolean {
  try {
    const url = new URL(address);
    return url.protocol === 'https:' && url.port === '' && url.username === '' && ALLOWED_HOSTS.has(url.hostname);
  } catch {
    return false;
  }
}
