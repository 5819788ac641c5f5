// Routes of the web host. Only the page itself and the exchange of a token are open; the rest asks for the session's cookie.
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Logger } from '../../backend/ports.ts';
import type { Access } from './access.ts';
import type { Downloads } from './downloads.ts';
import type { PageHandler } from './page.ts';
import { readJsonBody, respondError, respondJson } from './respond.ts';
import type { Uploads } from './uploads.ts';

export interface RequestContext {
  readonly host: string;
  readonly access: Access;
  readonly uploads: Uploads;
  readonly downloads: Downloads;
  readonly page: PageHandler;
  readonly log: Logger;
}

const tokenBodySchema = z.object({ token: z.string().check(z.maxLength(200)) });
const downloadBodySchema = z.object({ path: z.string() });

/** An answer that is neither the file nor an AppError of the work itself. */
class Refusal extends Error {
  readonly status: number;
  readonly error: AppError;
  constructor(status: number, error: AppError) {
    super(error.message);
    this.status = status;
    this.error = error;
  }
}

/** Answers one request; never rejects. */
export async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
): Promise<void> {
  try {
    await route(request, response, context);
  } catch (fault) {
    if (fault instanceof Refusal) return respondError(request, response, fault.status, fault.error);
    if (fault instanceof AppError) return respondError(request, response, statusOf(fault), fault);
    if (!response.writableEnded && response.destroyed) return; // The browser left in the middle of an answer.
    context.log.error({ err: fault, path: request.url }, 'a request failed by a fault of ours');
    respondError(
      request,
      response,
      500,
      new AppError('INTERNAL', 'Lineside met a fault of its own; its log says more.'),
    );
  }
}

async function route(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> {
  const { access } = context;
  if (!access.isOurHost(request))
    throw new Refusal(403, new AppError('INPUT_INVALID', 'This address is not served here; use the printed link.'));
  const url = new URL(request.url ?? '/', `http://${context.host}`);

  if (request.method === 'POST') {
    if (!access.isOurOrigin(request))
      throw new Refusal(403, new AppError('INPUT_INVALID', 'Only the page of Lineside itself may send this.'));
    if (url.pathname === '/session') return openSession(request, response, access);
    requireSession(request, access);
    if (url.pathname === '/upload') {
      const path = await context.uploads.receive(request, url.searchParams.get('name') ?? '');
      return respondJson(response, 200, { path });
    }
    if (url.pathname === '/downloads') {
      const body = parse(downloadBodySchema, await readJsonBody(request));
      return respondJson(response, 200, { url: `/download/${await context.downloads.offer(body.path)}` });
    }
  }
  if (request.method === 'GET' && url.pathname.startsWith('/download/')) {
    requireSession(request, access);
    return context.downloads.send(url.pathname.slice('/download/'.length), response);
  }
  if (request.method === 'GET' || request.method === 'HEAD') {
    if (url.pathname !== '/rpc' && (await context.page(request, response, url))) return;
    throw new Refusal(404, new AppError('NOT_FOUND', 'There is nothing at this address.'));
  }
  throw new Refusal(405, new AppError('INPUT_INVALID', 'This address does not take such a request.'));
}

async function openSession(request: IncomingMessage, response: ServerResponse, access: Access): Promise<void> {
  const { token } = parse(tokenBodySchema, await readJsonBody(request));
  const cookie = access.redeem(token);
  if (cookie === null) {
    const sentence = 'This link was used already or is not ours; ask Lineside for a new one where it was started.';
    throw new Refusal(401, new AppError('INPUT_INVALID', sentence));
  }
  respondJson(response, 200, { opened: true }, { 'Set-Cookie': cookie });
}

function requireSession(request: IncomingMessage, access: Access): void {
  if (access.hasSession(request)) return;
  throw new Refusal(
    401,
    new AppError('INPUT_INVALID', 'This browser has no session; open the link that Lineside printed.'),
  );
}

function parse<T>(schema: z.ZodMiniType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new AppError('INPUT_INVALID', 'The request lacks a field that is needed here.');
  return parsed.data;
}

function statusOf(error: AppError): number {
  if (error.code === 'NOT_FOUND') return 404;
  if (error.code === 'LOCAL_DISK_FULL') return 507;
  return error.exitCode === 3 ? 400 : 500;
}
