// Keeps every page of the application inside app://: no navigation, no windows, no webviews, no downloads, no permissions, no network.
import { app, type Session, type WebContents } from 'electron';
import { openExternalLink } from './external-links.ts';
import { isPageUrl } from './page-origin.ts';

/** Writing to the clipboard (a fingerprint, a command line) is all that the page may do beyond itself. */
const ALLOWED_PERMISSIONS: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);

const NETWORK_URLS = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file:///*'];

/** Guards every WebContents that is made from now on. */
export function guardAllContents(): void {
  app.on('web-contents-created', (_event, contents) => guardContents(contents));
}

function guardContents(contents: WebContents): void {
  const stay = (event: { preventDefault: () => void }, address: string): void => {
    if (!isPageUrl(address)) event.preventDefault();
  };
  contents.on('will-navigate', (event, address) => stay(event, address));
  contents.on('will-redirect', (event, address) => stay(event, address));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    openExternalLink(url);
    return { action: 'deny' };
  });
}

/** Denies permissions, devices, downloads and the network to a session. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, decide) =>
    decide(ALLOWED_PERMISSIONS.has(permission) && isPageUrl(contents.getURL())),
  );
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => ALLOWED_PERMISSIONS.has(permission) && isPageUrl(origin),
  );
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
  session.webRequest.onBeforeRequest({ urls: NETWORK_URLS }, (_details, decide) => decide({ cancel: true }));
}
