// Starts a real agent in a process of its own and talks to it over its Unix socket as the laptop does.
import { type ChildProcess, spawn } from 'node:child_process';
import { request } from 'node:http';
import { join } from 'node:path';
import { AGENT_ROUTES, type AgentHello } from '../../shared/agent-protocol/messages.ts';
import { eventually } from './eventually.ts';

export const AGENT_ENTRY = new URL('../../devices/agent/main.ts', import.meta.url).pathname;

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

export interface RequestOptions {
  readonly method?: string;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
}

export interface AgentProcess {
  readonly root: string;
  readonly socketPath: string;
  readonly child: ChildProcess;
  send(path: string, options?: RequestOptions): Promise<Answer>;
  json<T>(path: string, options?: RequestOptions): Promise<T>;
  hello(): Promise<AgentHello>;
  /** Ends it with SIGTERM and waits. Safe to call twice. */
  stop(): Promise<void>;
}

/** One request over a Unix socket. */
export function sendTo(socketPath: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath,
        path,
        method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
        headers: options.headers ?? {},
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
        );
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(options.body);
  });
}

/** `entry` and `nodeFlags` let a measurement start the bundled agent instead. Resolves when it answers. */
export async function startAgent(
  root: string,
  { entry = AGENT_ENTRY, nodeFlags = [] as readonly string[], args = [] as readonly string[], env = {} } = {},
): Promise<AgentProcess> {
  const socketPath = join(root, 'run', 'agent.sock');
  const child = spawn(process.execPath, [...nodeFlags, entry, '--root', root, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const agent: AgentProcess = {
    root,
    socketPath,
    child,
    send: (path, options) => sendTo(socketPath, path, options),
    async json<T>(path: string, options?: RequestOptions): Promise<T> {
      const answer = await sendTo(socketPath, path, options);
      if (answer.status >= 400) throw new Error(`${path}: ${String(answer.status)} ${answer.body.toString()}`);
      return JSON.parse(answer.body.toString()) as T;
    },
    hello: () => agent.json<AgentHello>(AGENT_ROUTES.hello),
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
  const isUp = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`the agent ended: ${stderr}`);
    return await agent.hello().then(
      ({ pid }) => pid === child.pid,
      () => false,
    );
  };
  await eventually('the agent answers', isUp, 20_000);
  return agent;
}
