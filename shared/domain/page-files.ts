// Rules for serving the page that both hosts share: which file a URL path means, its media type, and the security headers that go with it.

/** Stands in index.html wherever the nonce of this load belongs. */
export const NONCE_PLACEHOLDER = '__LINESIDE_NONCE__';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  map: 'application/json; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json',
  woff: 'font/woff',
  woff2: 'font/woff2',
};

/** Media type by the extension of a file name; bytes of no known kind are never guessed at. */
export function pageMediaType(file: string): string {
  const extension = file.slice(file.lastIndexOf('.') + 1).toLowerCase();
  return MEDIA_TYPES[extension] ?? 'application/octet-stream';
}

/**
 * The file below the page's folder that a URL path means, with `/` between names; null for a path that could lead out of it
 * or that no file of ours has. A path whose last part has no dot is a route of the page and means index.html.
 * `pathname`: as `URL.pathname` gives it, percent-encoded.
 */
export function pageFilePath(pathname: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (!decoded.startsWith('/') || !/^[\w./@+~-]*$/.test(decoded)) return null;
  const parts = decoded.split('/').filter((part) => part !== '');
  if (parts.some((part) => part.startsWith('.'))) return null;
  const last = parts.at(-1);
  return last === undefined || !last.includes('.') ? 'index.html' : parts.join('/');
}

/**
 * Headers of every answer that carries a part of the page. `nonce`: made anew for each load of index.html, in styles only
 * (the component library writes `<style>` elements). `connect`: sources beside `'self'` that the page may open connections to.
 */
export function pageHeaders(options: {
  nonce: string;
  connect?: readonly string[];
  script?: readonly string[];
}): Record<string, string> {
  const policy = [
    "default-src 'none'",
    ["script-src 'self'", ...(options.script ?? [])].join(' '),
    `style-src 'self' 'nonce-${options.nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    ["connect-src 'self'", ...(options.connect ?? [])].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-cache',
  };
}
