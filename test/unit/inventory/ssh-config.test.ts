// Boxes of OpenSSH client configurations: patterns, Include, Match, tokens, and files that mean harm.
import { describe, expect, it } from 'vitest';
import type { Inventory, InventoryFiles, InventoryHost } from '../../../electron/backend/fleet/inventory/inventory.ts';
import { readSshConfig } from '../../../electron/backend/fleet/inventory/ssh-config.ts';
import { matchesWildcard } from '../../../electron/backend/fleet/inventory/wildcard.ts';
import { AppError } from '../../../shared/errors/app-error.ts';

const CONFIG = '/home/eng/.ssh/config';

/** Files that are only in memory. */
function filesOf(texts: Readonly<Record<string, string>>): InventoryFiles {
  return {
    home: '/home/eng',
    read: async (path) => {
      const text = texts[path];
      if (text === undefined) throw new AppError('FILE_NOT_FOUND', `There is no file ${path}.`);
      return text;
    },
    glob: async (pattern) => Object.keys(texts).filter((path) => matchesWildcard(pattern, path)),
  };
}

const read = (text: string, others: Readonly<Record<string, string>> = {}): Promise<Inventory> =>
  readSshConfig(CONFIG, filesOf({ [CONFIG]: text, ...others }));

async function only(text: string, others: Readonly<Record<string, string>> = {}): Promise<InventoryHost> {
  const { hosts } = await read(text, others);
  const [host] = hosts;
  if (!host) throw new Error('no host');
  return host;
}

describe('an OpenSSH client configuration', () => {
  it('gives the first value that applies, and patterns only as values', async () => {
    const text = `User first
Host press-01 press-02 !press-09
  HostName 10.0.0.1
  Port=2222
  User never
Host press-*
  HostName 10.9.9.9
  IdentityFile ~/.ssh/press
  IdentityFile "/keys/with space"
Host * !press-02
  Port 23
`;
    const { hosts } = await read(text);
    expect(hosts.map(({ name, line }) => [name, line])).toEqual([
      ['press-01', 2],
      ['press-02', 2],
    ]);
    expect(hosts[0]).toMatchObject({
      ...{ host: '10.0.0.1', port: '2222', user: 'first', identityFile: '/home/eng/.ssh/press' },
      remarks: ['of its 2 identity files the first one is used'],
    });
  });

  it('expands tokens where they are known and refuses those that are not', async () => {
    expect(
      await only('Host a\n HostName %h.plant%%1\n User eng\n Port 24\n IdentityFile %d/keys/%r-%n-%p-%h'),
    ).toMatchObject({ host: 'a.plant%1', identityFile: '/home/eng/keys/eng-a-24-a.plant%1' });
    expect((await only('Host a\n IdentityFile %Q')).problem).toContain('%Q');
    expect((await only(`Host a\n IdentityFile ${'$'}{KEYS}/a`)).problem).toContain('environment');
  });

  it('decides Match by host, originalhost and all, and says what it does not decide', async () => {
    const { hosts, remarks } = await read(`Host a b
  HostName %h.plant
Match host *.plant !originalhost b
  User matched
Match exec "rm -rf /" host *
  User run
Match user root
  Port 1
Match all
  User rest
`);
    expect(hosts.map(({ name, user, port }) => [name, user, port])).toEqual([
      ['a', 'matched', undefined],
      ['b', 'rest', undefined],
    ]);
    expect(remarks).toEqual([
      `${CONFIG}:5: "Match exec" is not decided here; the block is left out`,
      `${CONFIG}:7: "Match user" is not decided here; the block is left out`,
    ]);
  });

  it('includes files where they stand, and only for the hosts of the block around', async () => {
    const others = {
      '/home/eng/.ssh/plant/one.conf': 'User included\nHost inner\n  User inner\n',
      '/home/eng/.ssh/plant/two.conf': 'Port 99\n',
    };
    const { hosts } = await read('Host a\n  Include plant/*.conf\n  User late\n  Port 1\nHost b\n  User b\n', others);
    expect(hosts.map(({ name, user, port }) => [name, user, port])).toEqual([
      ['a', 'included', '99'],
      ['inner', undefined, undefined],
      ['b', 'b', undefined],
    ]);
  });

  it('looks the hosts of ProxyJump up in the same file', async () => {
    const { hosts } = await read(`Host box
  ProxyJump inner,other@10.0.0.9:24
Host inner
  HostName 10.1.1.1
  User jumper
  ProxyJump gate
Host gate
  HostName gate.example
  IdentityFile /keys/gate
Host direct
  ProxyJump none
Host odd
  ProxyCommand nc %h %p
Host round
  ProxyJump round
`);
    const byName = new Map(hosts.map((host) => [host.name, host]));
    expect(byName.get('box')?.jumps).toEqual([
      { host: 'gate.example', identityFile: '/keys/gate', user: undefined, port: undefined },
      { host: '10.1.1.1', user: 'jumper', identityFile: undefined, port: undefined },
      { host: '10.0.0.9', user: 'other', port: '24', identityFile: undefined },
    ]);
    expect(byName.get('direct')?.jumps).toEqual([]);
    expect(byName.get('odd')?.problem).toContain('ProxyCommand');
    expect(byName.get('round')?.problem).toContain('circle');
  });

  it('reads a file that includes itself once, and gives up on Includes without end', async () => {
    const { hosts, remarks } = await read('Include other\nHost a\n', { '/home/eng/.ssh/other': `Include ${CONFIG}\n` });
    expect(hosts.map(({ name }) => name)).toEqual(['a']);
    expect(remarks.join()).toContain('includes itself');
    const chain = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`/home/eng/.ssh/${at}`, `Include ${at + 1}\n`]),
    );
    await expect(read('Include 0', chain)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    const bomb = Object.fromEntries(
      Array.from({ length: 14 }, (_, at) => [`/home/eng/.ssh/${at}`, `Include ${at + 1} ${at + 1}\n`]),
    );
    await expect(read('Include 0 0', bomb)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it('leaves out lines that cannot be read, with their number', async () => {
    const { hosts, remarks } = await read('Host a\n  User "open\n  Port\n=\n  HostName b # where it is\n');
    expect(hosts[0]).toMatchObject({ host: 'b', user: undefined, port: undefined });
    expect(remarks).toHaveLength(3);
  });

  it('takes 10,000 hosts, and not one more', async () => {
    const text = (count: number): string =>
      Array.from({ length: count }, (_, at) => `Host box-${at}\n  HostName 10.0.${at >> 8}.${at & 255}\n`).join('');
    const { hosts } = await read(`${text(10_000)}Host *\n  User eng\n`);
    expect(hosts).toHaveLength(10_000);
    expect(hosts[9999]).toMatchObject({ host: '10.0.39.15', user: 'eng' });
    await expect(read(text(10_001))).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it('matches hostile patterns without backtracking', () => {
    expect(matchesWildcard(`${'*a'.repeat(2000)}*b`, 'a'.repeat(5000))).toBe(false);
    expect(matchesWildcard('p?ess-*', 'press-')).toBe(true);
  });
});
