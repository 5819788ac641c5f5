// Small parsing steps shared by everything that reads a bundle's metadata, failing with BUNDLE_MALFORMED.
import { AppError, type ErrorDetails } from '../../shared/errors/app-error.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** BUNDLE_MALFORMED with one sentence: `The bundle is damaged: <reason>. Create or export it again.` */
export function malformed(reason: string, details: ErrorDetails = {}): AppError {
  return new AppError('BUNDLE_MALFORMED', `The bundle is damaged: ${reason}. Create or export it again.`, {
    details: { reason, ...details },
  });
}

/** Decodes canonical base64 with padding; `what` names it in the error. @throws BUNDLE_MALFORMED */
export function decodeBase64(what: string, text: string): Uint8Array {
  if (!BASE64.test(text)) throw malformed(`${what} is not base64`);
  return Buffer.from(text, 'base64');
}

/** Parses UTF-8 JSON of at most `maxBytes`; `what` names it in the error. @throws BUNDLE_MALFORMED */
export function parseJson(what: string, bytes: Uint8Array, maxBytes: number): unknown {
  if (bytes.byteLength > maxBytes) throw malformed(`${what} is larger than ${maxBytes} bytes`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw malformed(`${what} is not JSON`);
  }
}
