// Who may talk to the web host: requests that name our own host and origin, and browsers that traded a one-time token for a cookie.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Access {
  /** A new secret that opens one session, once. */
  issueToken(): string;
  /** The `Set-Cookie` value for a good token, which is used up by it; null for any other. */
  redeem(token: string): string | null;
  /** True when the request names this host, as a page of ours does; keeps out names that an attacker makes point here. */
  isOurHost(request: IncomingMessage): boolean;
  /** True when the request says that a page of ours sent it; one that does not say is refused. */
  isOurOrigin(request: IncomingMessage): boolean;
  hasSession(request: IncomingMessage): boolean;
}

const SECRET_BYTES = 32;

/**
 * `host`: address and port as they stand in the URL, `127.0.0.1:4711`. `fixedSession`: every token opens this one session,
 * which then outlives a restart; for development.
 */
export function createAccess(host: string, fixedSession?: string): Access {
  const cookieName = `lineside-${host.slice(host.lastIndexOf(':') + 1)}`; // Cookies know no ports: two servers must not share one.
  const tokens: Buffer[] = [];
  const sessions: Buffer[] = fixedSession === undefined ? [] : [hash(fixedSession)];
  const secret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

  return {
    issueToken() {
      const token = secret();
      tokens.push(hash(token));
      return token;
    },
    redeem(token) {
      const index = indexOfHash(tokens, hash(token));
      if (index < 0) return null;
      tokens.splice(index, 1);
      const session = fixedSession ?? secret();
      sessions.push(hash(session));
      return `${cookieName}=${session}; Path=/; HttpOnly; SameSite=Strict`;
    },
    isOurHost: (request) => request.headers.host === host,
    isOurOrigin: (request) => request.headers.origin === `http://${host}`,
    hasSession(request) {
      const session = cookieValue(request.headers.cookie ?? '', cookieName);
      return session !== undefined && indexOfHash(sessions, hash(session)) >= 0;
    },
  };
}

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function indexOfHash(hashes: readonly Buffer[], wanted: Buffer): number {
  return hashes.findIndex((candidate) => timingSafeEqual(candidate, wanted));
}

function cookieValue(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const [key, value] = pair.trim().split('=', 2);
    if (key === name) return value;
  }
  return undefined;
}
