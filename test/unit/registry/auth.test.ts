import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authFilePaths, findCredentials } from '../../../electron/backend/registry/auth-files.ts';
import { parseChallenges } from '../../../electron/backend/registry/registry-auth.ts';

describe('challenges', () => {
  it.each([
    ['Basic realm="x, y"', [{ scheme: 'basic', parameters: { realm: 'x, y' } }]],
    [
      'Bearer realm="https://h/t",service="s",scope="repository:a:pull,push"',
      [{ scheme: 'bearer', parameters: { realm: 'https://h/t', service: 's', scope: 'repository:a:pull,push' } }],
    ],
    [
      'Basic realm=a, Bearer realm="b"',
      [
        { scheme: 'bearer', parameters: { realm: 'b' } },
        { scheme: 'basic', parameters: { realm: 'a' } },
      ],
    ],
    ['Negotiate', []],
    ['', []],
  ])('reads %s', (header, expected) => expect(parseChallenges(header)).toEqual(expected));
});

describe('logins that docker and podman keep', () => {
  let home: string;
  let env: Record<string, string>;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const write = (path: string, content: unknown) => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  };
  const find = (registry = 'h:5000', repository = 'a/b') => findCredentials(registry, repository, env);

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'lineside-auth-'));
    env = { DOCKER_CONFIG: join(home, 'docker'), XDG_CONFIG_HOME: join(home, 'config'), PATH: `${home}:/usr/bin:/bin` };
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('are looked for where podman looks, then docker', () => {
    expect(authFilePaths({ XDG_RUNTIME_DIR: '/run/me' }, '/home/me')).toEqual([
      '/run/me/containers/auth.json',
      '/home/me/.config/containers/auth.json',
      '/home/me/.docker/config.json',
    ]);
  });

  it('are none where nobody logged in', async () => {
    expect(await find()).toBeNull();
    write(join(home, 'docker/config.json'), { auths: { 'h:5000': {}, other: { auth: base64('a:b') } } });
    expect(await find()).toBeNull();
  });

  it('are taken by host, by longer path first, and from the file that goes first', async () => {
    write(join(home, 'docker/config.json'), { auths: { 'https://h:5000/v1/': { auth: base64('docker:p:q') } } });
    expect(await find()).toEqual({ username: 'docker', password: 'p:q', isRefreshToken: false });
    write(join(home, 'config/containers/auth.json'), {
      auths: { 'h:5000': { auth: base64('podman:1') }, 'h:5000/a': { username: 'narrow', password: '2' } },
    });
    expect(await find()).toMatchObject({ username: 'narrow', password: '2' });
    expect(await find('h:5000', 'c')).toMatchObject({ username: 'podman' });
  });

  it('may be a refresh token', async () => {
    write(join(home, 'docker/config.json'), { auths: { 'h:5000': { auth: base64('me:'), identitytoken: 'abc' } } });
    expect(await find()).toEqual({ username: 'me', password: 'abc', isRefreshToken: true });
  });

  it('are asked from a helper, which may hold none', async () => {
    const helper = join(home, 'docker-credential-test');
    write(
      helper,
      '#!/bin/sh\nread host\n[ "$host" = h:5000 ] || { echo "credentials not found"; exit 1; }\necho "{\\"Username\\":\\"u\\",\\"Secret\\":\\"s\\"}"\n',
    );
    chmodSync(helper, 0o755);
    write(join(home, 'docker/config.json'), { credsStore: 'test' });
    expect(await find()).toMatchObject({ username: 'u', password: 's' });
    expect(await find('other')).toBeNull();
  });

  it.each([
    ['a file that is not JSON', 'hunter2'],
    ['an entry that is no login', { auths: { 'h:5000': { auth: base64('hunter2') } } }],
    ['a helper that is not there', { credsStore: 'absent' }],
    ['a helper that is a path', { credHelpers: { 'h:5000': '../evil' } }],
  ])('cannot come from %s, and nothing secret is repeated', async (_what, content) => {
    write(join(home, 'docker/config.json'), content);
    await expect(find()).rejects.toMatchObject({
      code: 'REGISTRY_AUTH_FAILED',
      message: expect.not.stringContaining('hunter2'),
    });
  });
});
