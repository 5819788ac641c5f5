// Exchanges the one-time token in the URL fragment for the session cookie, then takes it out of the address bar.

const TOKEN = /^#token=([^&]+)/;

/**
 * Does nothing when the fragment holds no token (Electron, or a page that has its cookie already).
 * A refused token is left to the WebSocket, which says 401 to a page without a session.
 */
export async function exchangeToken(page: Window = window): Promise<void> {
  const token = TOKEN.exec(page.location.hash)?.[1];
  if (token === undefined) return;
  page.history.replaceState(null, '', `${page.location.pathname}${page.location.search}#/`);
  await page.fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: decodeURIComponent(token) }),
    credentials: 'same-origin',
  });
}
