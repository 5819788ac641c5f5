// Opens a link in the user's browser, where there is a desktop to open one on.
import { spawn } from 'node:child_process';

/** Starts the system's opener and leaves it alone. Resolves false when there is none: the printed link is then the way in. */
export function openBrowser(url: string): Promise<boolean> {
  const opener = openerOf(process.platform);
  if (opener === null) return Promise.resolve(false);
  return new Promise((resolve) => {
    const child = spawn(opener.command, [...opener.args, url], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

function openerOf(platform: NodeJS.Platform): { command: string; args: string[] } | null {
  if (platform === 'darwin') return { command: 'open', args: [] };
  if (platform === 'win32') return { command: 'rundll32', args: ['url.dll,FileProtocolHandler'] };
  const hasDesktop = Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
  return hasDesktop ? { command: 'xdg-open', args: [] } : null;
}
