// Entry of the desktop application: one instance, one guarded window, one backend process, and an orderly end.
import { join } from 'node:path';
import { app, BrowserWindow, dialog, Menu, session } from 'electron';
import * as z from 'zod/mini';
import { HOST_CHANNELS } from '../../shared/contract/host-channels.ts';
import { appPaths } from './app-paths.ts';
import { createBackendProcess } from './backend-process.ts';
import { guardAllContents, guardSession } from './content-guards.ts';
import { openHostDoor } from './host-door.ts';
import { onPageMessage } from './ipc.ts';
import { createMainWindow } from './main-window.ts';
import { menuLabels } from './menu-labels.ts';
import { menuTemplate } from './menu-template.ts';
import { createPagePorts } from './page-ports.ts';
import { registerPageScheme, servePage } from './page-protocol.ts';

const dataDir = app.commandLine.getSwitchValue('data-dir') || process.env['LINESIDE_DATA_DIR'] || '';
const hasDevTools = !app.isPackaged && app.commandLine.hasSwitch('dev');
const paths = appPaths(__dirname, { isPackaged: app.isPackaged, resourcesFolder: process.resourcesPath });

app.setName('Lineside');
// The browser's own files go with the data, so that two data folders are two applications.
if (dataDir !== '') app.setPath('userData', join(dataDir, 'desktop'));
// Without it Chromium cannot run as root, as in a container: who says --no-sandbox has said so knowingly.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
registerPageScheme();
guardAllContents();

if (app.requestSingleInstanceLock()) {
  void app.whenReady().then(run);
} else {
  app.quit();
}

function run(): void {
  const labels = menuLabels(app.getLocale());
  guardSession(session.defaultSession);
  servePage(paths.page);
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(labels, { hasDevTools })));

  const ports = createPagePorts(() => backend);
  const backend = createBackendProcess({
    command: paths.node,
    args: ['--disable-warning=ExperimentalWarning', paths.backend, ...(dataDir === '' ? [] : ['--data-dir', dataDir])],
    onReady: () => ports.backendReady(),
    onFrame: (frame) => ports.receive(frame),
    onDown: () => ports.backendDown(),
    onFailing: (lastWords) => {
      const detail = [labels.backendFailingHint, lastWords].filter((text) => text !== '').join('\n\n');
      void dialog.showMessageBox({ type: 'error', title: 'Lineside', message: labels.backendFailing, detail });
    },
  });

  onPageMessage(HOST_CHANNELS.requestPort, z.tuple([]), (page) => ports.request(page));
  openHostDoor();

  const openWindow = (): void => {
    createMainWindow({
      preload: paths.preload,
      stateFile: join(app.getPath('userData'), 'window-state.json'),
      hasDevTools,
    });
  };
  openWindow();
  app.on('activate', () => BrowserWindow.getAllWindows().length === 0 && openWindow());
  app.on('second-instance', showWindow);
  app.on('window-all-closed', () => app.quit());

  let isBackendGone = false;
  app.on('will-quit', (event) => {
    if (isBackendGone) return;
    event.preventDefault();
    void backend.stop().then(() => {
      isBackendGone = true;
      setImmediate(() => app.quit()); // Not within this very attempt to quit, which was prevented.
    });
  });
}

function showWindow(): void {
  const window = BrowserWindow.getAllWindows()[0];
  if (window === undefined) return;
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
