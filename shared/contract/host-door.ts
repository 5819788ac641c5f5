// What the page and its host say to each other outside RPC: the host door of the desktop window, and how the page gets its port.
// In the browser there is no `window.linesideHost`; files then go over POST /upload and GET /download.
import * as z from 'zod/mini';

/** One group of file types in a native dialog; extensions without the dot, `*` for all. */
export const fileFilterSchema = z.object({
  name: z.string().check(z.maxLength(100)),
  extensions: z.array(z.string().check(z.regex(/^(\*|[A-Za-z0-9.]{1,16})$/))).check(z.maxLength(16)),
});
export type FileFilter = z.infer<typeof fileFilterSchema>;

/** `window.linesideHost` in the desktop window: all that the page can ask of the machine outside RPC. */
export interface LinesideHost {
  /** Path of the file that the user chose; null when the dialog was closed. */
  pickFile(filters?: readonly FileFilter[]): Promise<string | null>;
  /** Path to write to; null when the dialog was closed. `defaultName` is a bare file name. */
  pickSavePath(defaultName: string): Promise<string | null>;
  /** Shows a file that exists in the system's file manager. */
  reveal(path: string): Promise<void>;
}

/**
 * Messages of `window.postMessage` between page and preload; both sides take only those whose `source` is the window itself.
 * The page posts `request-port`; it gets `port` with the MessagePort in `ports[0]` as soon as the backend answers.
 * `port-closed` says that the backend behind the last port is gone: reject what is pending and post `request-port` again.
 */
export const hostMessageSchema = z.object({ lineside: z.enum(['request-port', 'port', 'port-closed']) });
export type HostMessage = z.infer<typeof hostMessageSchema>;
