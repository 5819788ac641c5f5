// The user's words for a failure: a title and a "what to do" line chosen by the error's code, with the message as fact.
import type { TFunction } from 'i18next';
import { isErrorCode } from '../../shared/errors/codes.ts';

export interface ErrorText {
  readonly title: string;
  /** The sentence of whoever reported it: names, numbers, places. Null where the title says it all. */
  readonly message: string | null;
  readonly todo: string;
}

/** @param error a failure in any form that carries a code and a message */
export function errorText(t: TFunction, error: { readonly code: string; readonly message: string }): ErrorText {
  const code = isErrorCode(error.code) ? error.code : 'INTERNAL';
  return {
    title: t(`errors.${code}.title`),
    message: error.message === '' ? null : error.message,
    todo: t(`errors.${code}.todo`),
  };
}
