// The application menu as data: standard editing, zoom and window commands; developer tools only where they are allowed.
import type { MenuItemConstructorOptions } from 'electron';
import type { MenuLabels } from './menu-labels.ts';

export function menuTemplate(labels: MenuLabels, options: { hasDevTools: boolean }): MenuItemConstructorOptions[] {
  return [
    { label: labels.file, submenu: [{ role: 'quit', label: labels.quit }] },
    {
      label: labels.edit,
      submenu: [
        { role: 'undo', label: labels.undo },
        { role: 'redo', label: labels.redo },
        { type: 'separator' },
        { role: 'cut', label: labels.cut },
        { role: 'copy', label: labels.copy },
        { role: 'paste', label: labels.paste },
        { role: 'selectAll', label: labels.selectAll },
      ],
    },
    {
      label: labels.view,
      submenu: [
        { role: 'reload', label: labels.reload },
        ...(options.hasDevTools ? [{ role: 'toggleDevTools', label: labels.devTools } as const] : []),
        { type: 'separator' },
        { role: 'zoomIn', label: labels.zoomIn },
        { role: 'zoomOut', label: labels.zoomOut },
        { role: 'resetZoom', label: labels.resetZoom },
        { role: 'togglefullscreen', label: labels.fullScreen },
      ],
    },
    {
      label: labels.window,
      submenu: [
        { role: 'minimize', label: labels.minimize },
        { role: 'close', label: labels.close },
      ],
    },
  ];
}
