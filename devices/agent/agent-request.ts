// One small HTTP request to the agent over its Unix socket, for the commands that talk to a running agent.
import { request } from './node-http.ts';

/** Answer's status and text. @throws the system's error (ECONNREFUSED, ENOENT) when no agent listens, Error on time-out. */
export function requestAgent(
  socketPath: string,
  method: 'GET' | 'POST',
  path: string,
  timeoutMs: number,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, timeout: timeoutMs }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('The agent did not answer in time.')));
    sent.on('error', reject);
    sent.end();
  });
}
