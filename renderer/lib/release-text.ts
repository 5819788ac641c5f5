// A release id as people read it: without the digits of its manifest digest.

/** `digits-mobilenet-2-0123456789abcdef` gives `digits-mobilenet-2`; anything else stays as it is. */
export function releaseText(releaseId: string): string {
  return releaseId.replace(/-[0-9a-f]{16}$/, '');
}
