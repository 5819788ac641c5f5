// The host door: native dialogs and the file manager, for the page.
import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { BrowserWindow, dialog, shell, type WebContents } from 'electron';
import * as z from 'zod/mini';
import { HOST_CHANNELS } from '../../shared/contract/host-channels.ts';
import { fileFilterSchema } from '../../shared/contract/host-door.ts';
import { onPageRequest } from './ipc.ts';

const fileNameSchema = z.string().check(z.maxLength(255), z.regex(/^[^/\\\0]+$/));
const pathSchema = z.string().check(
  z.maxLength(4096),
  z.refine((path) => isAbsolute(path) && !path.includes('\0')),
);

/** Answers the page's questions on the host door's channels. */
export function openHostDoor(): void {
  onPageRequest(
    HOST_CHANNELS.pickFile,
    z.tuple([z.array(fileFilterSchema).check(z.maxLength(8))]),
    async (sender, filters) => {
      const picked = await dialog.showOpenDialog(windowOf(sender), { properties: ['openFile'], filters });
      return picked.canceled ? null : (picked.filePaths[0] ?? null);
    },
  );
  onPageRequest(HOST_CHANNELS.pickSavePath, z.tuple([fileNameSchema]), async (sender, defaultPath) => {
    const picked = await dialog.showSaveDialog(windowOf(sender), {
      defaultPath,
      properties: ['createDirectory', 'showOverwriteConfirmation'],
    });
    return picked.canceled || picked.filePath === undefined || picked.filePath === '' ? null : picked.filePath;
  });
  onPageRequest(HOST_CHANNELS.reveal, z.tuple([pathSchema]), async (_sender, path) => {
    await stat(path);
    shell.showItemInFolder(path);
  });
}

function windowOf(sender: WebContents): BrowserWindow {
  const window = BrowserWindow.fromWebContents(sender);
  if (window === null) throw new Error('the window of this page is gone');
  return window;
}
