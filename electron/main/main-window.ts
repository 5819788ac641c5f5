// The application's window: made with frozen preferences, put where it stood, reloaded when its page crashes.
import { BrowserWindow, nativeTheme, screen } from 'electron';
import { PAGE_URL } from './page-origin.ts';
import { createWebPreferences } from './web-preferences.ts';
import { readWindowState, writeWindowState } from './window-state.ts';

export interface MainWindowOptions {
  readonly preload: string;
  readonly stateFile: string;
  readonly hasDevTools: boolean;
}

const SIZE = { width: 1280, height: 832 };
const CRASHES_BORNE_PER_MINUTE = 3;

export function createMainWindow(options: MainWindowOptions): BrowserWindow {
  const screens = screen.getAllDisplays().map((display) => display.workArea);
  const state = readWindowState(options.stateFile, screens);
  const window = new BrowserWindow({
    ...SIZE,
    ...state?.bounds,
    minWidth: 900,
    minHeight: 600,
    show: false,
    title: 'Lineside',
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#111417' : '#ffffff',
    webPreferences: createWebPreferences(options.preload, { hasDevTools: options.hasDevTools }),
  });
  if (state?.isMaximized === true) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => {
    writeWindowState(options.stateFile, { bounds: window.getNormalBounds(), isMaximized: window.isMaximized() });
  });
  reloadAfterCrash(window);
  void window.loadURL(PAGE_URL);
  return window;
}

function reloadAfterCrash(window: BrowserWindow): void {
  let crashes: number[] = [];
  window.webContents.on('render-process-gone', (_event, details) => {
    if (details.reason === 'clean-exit') return;
    console.error(`the page's process is gone: ${details.reason} ${details.exitCode}`);
    crashes = [...crashes.filter((at) => at > Date.now() - 60_000), Date.now()];
    if (crashes.length <= CRASHES_BORNE_PER_MINUTE && !window.isDestroyed()) window.webContents.reload();
  });
}
