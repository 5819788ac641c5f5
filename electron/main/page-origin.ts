// What counts as our own page: its scheme and host, and the rule that tells a frame of ours from any other.

export const PAGE_SCHEME = 'app';
export const PAGE_HOST = 'lineside';
export const PAGE_URL = `${PAGE_SCHEME}://${PAGE_HOST}/`;

/** True for an address of our page. */
export function isPageUrl(address: string): boolean {
  try {
    const url = new URL(address);
    return url.protocol === `${PAGE_SCHEME}:` && url.host === PAGE_HOST && url.username === '' && url.port === '';
  } catch {
    return false;
  }
}

/** The parts of Electron's WebFrameMain that the rule needs. */
interface FrameFacts {
  readonly url: string;
  readonly parent: unknown;
}

/** True for the main frame of our page; a frame that is gone, a frame inside the page and any other origin are not. */
export function isPageFrame(frame: FrameFacts | null | undefined): boolean {
  return frame !== null && frame !== undefined && frame.parent === null && isPageUrl(frame.url);
}
