// OpenSSH itself says what a configuration means: the values that are read here are those of `ssh -G`.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInventory } from '../../electron/backend/fleet/inventory/inventory-files.ts';

describe('an SSH configuration', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lineside-inventory-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('means the same here and to ssh', async () => {
    const config = join(dir, 'config');
    await writeFile(
      join(dir, 'one.inc'),
      'Port 2201\nHost inner !outer\n  User "in ner"\nMatch originalhost box-b\n  Port 9\n',
    );
    await writeFile(join(dir, 'two.inc'), 'Host *\n  IdentityFile /keys/%n-%r-%p-%h\n');
    await writeFile(
      config,
      `User=first
Host box-a
  HostName = %h.plant
  Include ${dir}/*.inc
  Port 5
Host box-b box-c !box-c
	hostname "10.0.0.2" # said so
  Include ${dir}/one.inc
Host inner
  HostName 10.0.0.3
Host *-? !box-a
  IdentityFile '/keys/with space'
Match host *.plant,!no.plant
  User never
  ProxyJump eng@gate:24
Match !host 10.* !originalhost inner
  Port 77
Match all
  Port 78
Host box-d
  HostName fe80::1%%eth0
`,
    );
    const { hosts } = await readInventory(config, 'ssh-config');
    expect(hosts.map(({ name }) => name)).toEqual(['box-a', 'inner', 'box-b', 'box-c', 'box-d']);
    for (const host of hosts) {
      const said = execFileSync('ssh', ['-G', '-F', config, host.name], { encoding: 'utf8' });
      const value = (keyword: string): string | undefined => new RegExp(`^${keyword} (.*)$`, 'm').exec(said)?.[1];
      const jump = host.jumps?.map(({ user, host: name, port }) => `${user}@${name}:${port}`).join(',');
      expect({ name: host.name, host: host.host, user: host.user, port: host.port, jump }).toEqual({
        ...{ name: host.name, host: value('hostname'), user: value('user'), port: value('port') },
        jump: value('proxyjump'),
      });
      const key = value('identityfile');
      const tokens: Readonly<Record<string, string | undefined>> = {
        n: host.name,
        r: host.user,
        p: host.port,
        h: host.host,
      };
      if (host.identityFile !== undefined)
        expect(host.identityFile).toBe(key?.replace(/%(.)/g, (_token, letter: string) => tokens[letter] ?? ''));
    }
  });
});
