// The one wrapper of Electron's IPC: nothing reaches a handler before its sender and its arguments are checked.
import { type IpcMainEvent, type IpcMainInvokeEvent, ipcMain, type WebContents } from 'electron';
import type * as z from 'zod/mini';
import { isPageFrame } from './page-origin.ts';

/** Takes one-way messages of the page; those of any other sender, or with other arguments, are dropped. */
export function onPageMessage<T extends readonly unknown[]>(
  channel: string,
  argumentsSchema: z.ZodMiniType<T>,
  work: (sender: WebContents, ...args: T) => void,
): void {
  ipcMain.on(channel, (event, ...args: unknown[]) => {
    const parsed = isFromPage(event) ? argumentsSchema.safeParse(args) : null;
    if (parsed?.success === true) work(event.sender, ...parsed.data);
    else console.error(`dropped a message on ${channel} from ${event.senderFrame?.url ?? 'a frame that is gone'}`);
  });
}

/** Answers questions of the page; any other sender, or other arguments, get an error. */
export function onPageRequest<T extends readonly unknown[]>(
  channel: string,
  argumentsSchema: z.ZodMiniType<T>,
  work: (sender: WebContents, ...args: T) => Promise<unknown>,
): void {
  ipcMain.handle(channel, (event, ...args: unknown[]) => {
    if (!isFromPage(event)) throw new Error(`${channel} is refused: not a page of Lineside`);
    const parsed = argumentsSchema.safeParse(args);
    if (!parsed.success) throw new Error(`${channel} is refused: the arguments have the wrong shape`);
    return work(event.sender, ...parsed.data);
  });
}

function isFromPage(event: IpcMainEvent | IpcMainInvokeEvent): boolean {
  return isPageFrame(event.senderFrame);
}
