// Answers a registry's challenge: basic logins, and bearer tokens from the token server that it names (distribution's token spec).
import * as z from 'zod/mini';
import type { Credentials } from './auth-files.ts';
import { authFailed, refused } from './registry-errors.ts';
import { readBody, type Transport } from './registry-transport.ts';

const MAX_TOKEN_BYTES = 256 * 1024;

export interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly parameters: Readonly<Record<string, string>>;
}

export interface RegistryAuthParts {
  readonly transport: Transport;
  readonly credentials: Credentials | null;
  readonly host: string;
  readonly repository: string;
  /** Throws where nothing secret may be sent to. */
  checkUrl(url: URL): void;
}

const tokenSchema = z.object({ token: z.optional(z.string()), access_token: z.optional(z.string()) });

/** The challenges of a WWW-Authenticate header that can be answered here; bearer goes first (RFC 9110, 11.6.1). */
export function parseChallenges(header: string): Challenge[] {
  const found: Challenge[] = [];
  const starts = [...header.matchAll(/(?:^|,)\s*(Basic|Bearer)(?:\s+|$)/gi)];
  for (const [index, start] of starts.entries()) {
    const from = start.index + start[0].length;
    const text = header.slice(from, starts[index + 1]?.index);
    const parameters: Record<string, string> = {};
    for (const [, name = '', quoted, plain] of text.matchAll(
      /([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g,
    )) {
      parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '';
    }
    found.push({ scheme: start[1]?.toLowerCase() === 'basic' ? 'basic' : 'bearer', parameters });
  }
  return found.sort((a, b) => (a.scheme < b.scheme ? 1 : a.scheme > b.scheme ? -1 : 0));
}

/** Value of the Authorization header that answers the challenge. @throws REGISTRY_AUTH_FAILED, REGISTRY_REFUSED, REGISTRY_UNREACHABLE */
export async function answerChallenge(
  header: string,
  parts: RegistryAuthParts,
  extraScopes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const { credentials, host, repository } = parts;
  const [challenge] = parseChallenges(header);
  if (challenge === undefined) throw refused(host, 'asks for a kind of login that is not known here');
  if (challenge.scheme === 'bearer') return `Bearer ${await fetchToken(challenge, parts, extraScopes, signal)}`;
  if (credentials === null || credentials.isRefreshToken) throw authFailed(host, repository, credentials !== null);
  return basic(credentials);
}

async function fetchToken(
  { parameters }: Challenge,
  parts: RegistryAuthParts,
  extraScopes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const { transport, credentials, host, repository } = parts;
  const realm = URL.parse(parameters['realm'] ?? '');
  if (realm === null) throw refused(host, 'names no server that would give a token');
  parts.checkUrl(realm);
  const scopes = [...new Set([...(parameters['scope']?.split(' ') ?? []), ...extraScopes])].filter((one) => one !== '');
  const query = new URLSearchParams(parameters['service'] ? { service: parameters['service'] } : {});
  const request = credentials?.isRefreshToken
    ? refreshRequest(realm, query, scopes, credentials)
    : passwordRequest(realm, query, scopes, credentials);
  const exchange = await transport.send({ ...request, signal });
  const body = await readBody(exchange, MAX_TOKEN_BYTES, signal);
  if (exchange.status === 401 || exchange.status === 403) throw authFailed(host, repository, credentials !== null);
  if (exchange.status !== 200) {
    throw refused(host, `gave no token (status ${exchange.status} from ${realm.host})`, { status: exchange.status });
  }
  const parsed = tokenSchema.safeParse(parseJson(body));
  const token = parsed.data?.token ?? parsed.data?.access_token;
  // What goes into a header must not end it.
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) throw refused(host, 'gave a token that cannot be read');
  return token;
}

function passwordRequest(
  realm: URL,
  query: URLSearchParams,
  scopes: readonly string[],
  credentials: Credentials | null,
) {
  const url = new URL(realm);
  for (const [name, value] of query) url.searchParams.append(name, value);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return { method: 'GET' as const, url, headers: credentials === null ? {} : { authorization: basic(credentials) } };
}

/** OAuth 2 with a refresh token (distribution, token/oauth.md). */
function refreshRequest(realm: URL, query: URLSearchParams, scopes: readonly string[], credentials: Credentials) {
  query.set('grant_type', 'refresh_token');
  query.set('client_id', 'lineside');
  query.set('scope', scopes.join(' '));
  query.set('refresh_token', credentials.password);
  const bytes = Buffer.from(query.toString());
  return {
    method: 'POST' as const,
    url: realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: { sizeBytes: bytes.length, open: () => [bytes] },
  };
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
