// Frames between the desktop's main process and its backend process: several page ports over one channel, told apart by a number.

/** One message of a port, or its end. Either side sends `close`; a port number is never used twice in a process's life. */
export type PortFrame =
  | { readonly port: number; readonly data: string }
  | { readonly port: number; readonly close: true };

/** What the backend process sends once, when its router answers. */
export interface ReadyFrame {
  readonly ready: true;
}

export function isPortFrame(value: unknown): value is PortFrame {
  if (typeof value !== 'object' || value === null) return false;
  const frame = value as { port?: unknown; data?: unknown; close?: unknown };
  return Number.isSafeInteger(frame.port) && (typeof frame.data === 'string' || frame.close === true);
}

export function isReadyFrame(value: unknown): value is ReadyFrame {
  return typeof value === 'object' && value !== null && (value as { ready?: unknown }).ready === true;
}
