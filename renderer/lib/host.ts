// The host door: what the page may ask of the machine it is shown on; Electron's preload or the browser answers.
import type { FileFilter, LinesideHost } from '../../shared/contract/host-door.ts';
import type { RpcClient } from '../../shared/contract/index.ts';
import { createBrowserHost } from './host-browser.ts';

/** Where the backend is to write; `finish` hands the written file to the user where the host needs that. */
export interface SaveTarget {
  readonly path: string;
  finish(): Promise<void>;
}

export interface Host {
  readonly kind: 'window' | 'browser';
  /** A path that the backend can read, or null when the user picked nothing. */
  pickFile(filters: readonly FileFilter[]): Promise<string | null>;
  /** Null when the user picked nothing. */
  pickSavePath(defaultName: string): Promise<SaveTarget | null>;
  /** Shows the file in the system's file manager; null where the host cannot. */
  readonly reveal: ((path: string) => Promise<void>) | null;
  copyText(text: string): Promise<void>;
}

declare global {
  interface Window {
    readonly linesideHost?: LinesideHost;
  }
}

/** The door of the window that the page is in. */
export function createHost(client: RpcClient): Host {
  const door = window.linesideHost;
  if (!door) return createBrowserHost(async () => (await client.system.info()).dataDir);
  return {
    kind: 'window',
    pickFile: (filters) => door.pickFile(filters),
    async pickSavePath(defaultName) {
      const path = await door.pickSavePath(defaultName);
      return path === null ? null : { path, finish: () => Promise.resolve() };
    },
    reveal: (path) => door.reveal(path),
    copyText: (text) => navigator.clipboard.writeText(text),
  };
}
