// The error that a wait ends with when its signal does.

/** The signal's own reason where that is an error, else an AbortError. */
export function abortError(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new DOMException('The wait was ended.', 'AbortError');
}
