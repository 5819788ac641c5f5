// What an inventory would change in the fleet; CSV files; and files that are written and read back.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCsvInventory } from '../../../electron/backend/fleet/inventory/csv-inventory.ts';
import { formatOf, readInventory } from '../../../electron/backend/fleet/inventory/inventory-files.ts';
import { planImport } from '../../../electron/backend/fleet/inventory/plan-import.ts';
import { writeInventory } from '../../../electron/backend/fleet/inventory/write-inventory.ts';
import type { DeviceRecord } from '../../../shared/contract/devices.ts';

const csv = (text: string) => readCsvInventory(text, '/plant/boxes.csv', '/home/eng');
const SETTINGS = { path: '/plant/boxes.csv', format: 'csv', loginUser: 'me' } as const;

const BOX: DeviceRecord = {
  name: 'press-01',
  kind: 'ssh',
  user: 'eng',
  host: '10.0.0.1',
  port: 2222,
  auth: { kind: 'key', identityFile: '/keys/a "b" %h #c' },
  jumps: [{ user: 'j', host: 'fe80::1', port: 24 }],
  root: '~/lineside',
  labels: { site: 'a', 'group.press': 'true', 'x/y.z': '1', '0n': 'no' },
  addedAtMs: 0,
  notes: 'left of the door, "the old one"',
};
const FLEET: DeviceRecord[] = [
  BOX,
  {
    ...{ name: 'null', kind: 'ssh', user: 'eng', host: '::1', port: 22, auth: { kind: 'agent' } },
    ...{ root: '~/lineside', labels: {}, addedAtMs: 0 },
  },
];

describe('the plan of an import', () => {
  it('says what is new, the same, changed and refused, with reasons and lines', () => {
    const inventory = csv(`name,address,user,port,identity,labels,notes\r
press-01,10.0.0.1,eng,2222,,,"left of the door, ""the old one"""\r
null,[::2],,,,site=b,\r
press-03,root@10.0.0.3:24,,,~/k,a=1;b=2,"two
lines"\r
press-04,10.0.0.3:24,,,,,\r
Press 5,10.0.0.5,,,,,\r
press-06,10.0.0.6,,99999,,,\r
press-07,"no such address",,,,,\r
press-08,10.0.0.8,,,,not a label,\r
press-03,10.0.0.9,,,,,\r
press-10,local,,,,,\r
press-11,10.0.0.11,,,,,,,\r
`);
    const { plan, records } = planImport(inventory, FLEET, SETTINGS);
    expect(plan.entries.map(({ name, state, line }) => [name, state, line])).toEqual([
      ['press-01', 'same', 2],
      ['null', 'changed', 3],
      ['press-03', 'new', 4],
      ['press-04', 'new', 6],
      ...['Press 5', 'press-06', 'press-07', 'press-08'].map((name, at) => [name, 'refused', 7 + at]),
      ...['press-03', 'press-10', 'press-11'].map((name, at) => [name, 'refused', 11 + at]),
    ]);
    expect(plan.entries[1]?.changes).toEqual(['address: eng@[::1] → eng@[::2]', 'labels: none → site=b']);
    expect(plan.entries[3]?.remarks).toEqual(['it has the same address as press-03']);
    expect(plan.entries[8]?.reason).toBe('the name is there already in line 4');
    expect(records.get('press-03')).toEqual({
      ...{ name: 'press-03', kind: 'ssh', user: 'root', host: '10.0.0.3', port: 24, root: '~/lineside' },
      auth: { kind: 'key', identityFile: '/home/eng/k' },
      ...{ labels: { a: '1', b: '2' }, notes: 'two\nlines', addedAtMs: 0 },
    });
    expect(records.get('press-04')?.user).toBe('me');
    expect([...records.keys()]).toEqual(['null', 'press-03', 'press-04']);
  });

  it('takes only names that match, adds labels, and has the same id only for the same plan', () => {
    const inventory = csv('name,address\na-1,h1\na-2,h2\nb-1,h3\n');
    const of = (match: string) => planImport(inventory, [], { ...SETTINGS, match, labels: { site: 'x' } });
    expect(of('a-*,!a-2').plan).toMatchObject({ unmatched: 2, entries: [{ name: 'a-1' }] });
    expect(of('a-*').records.get('a-2')?.labels).toEqual({ site: 'x' });
    expect(of('a-*').plan.planId).toBe(of('a-*').plan.planId);
    expect(of('a-*').plan.planId).not.toBe(of('b-*').plan.planId);
    expect(() => of('c-*')).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
    expect(() => planImport(inventory, [], { ...SETTINGS, labels: { 'a b': 'c' } })).toThrow('not a label');
  });

  it.each([
    ['an open quote', 'name,address\na,"b'],
    ['text after a quote', 'name,address\na,"b"c'],
    ['a quote inside', 'name,address\na,b"c'],
    ['no header', 'a,10.0.0.1\n'],
    ['an unknown column', 'name,address,colour\n'],
    ['a column twice', 'name,address,name\n'],
    ['a field without end', `name,address\n${'x'.repeat(20_000)}`],
    ['nothing', ''],
    ['too many rows', `name,address\n${'a,b\n'.repeat(10_001)}`],
  ])('refuses a CSV file with %s', (_what, text) => {
    expect(() => csv(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
});

describe('inventory files', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lineside-inventory-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it.each(['ssh-config', 'ansible-ini', 'ansible-yaml', 'csv'] as const)(
    'writes %s that reads back the same',
    async (format) => {
      const path = join(dir, format);
      const { text, devices, remarks } = await writeInventory(
        [...FLEET, { ...BOX, name: 'here', kind: 'local' }, { ...BOX, name: 'odd', user: 'a\nHost b' }],
        format,
      );
      expect(devices).toBe(2);
      expect(remarks.slice(0, 2)).toEqual([
        'here is left out: it is this computer.',
        'odd is left out: a value of it holds control characters.',
      ]);
      await writeFile(path, text);
      const { records } = planImport(await readInventory(path, format), [], { ...SETTINGS, path, format });
      const { jumps, labels, notes, ...rest } = BOX;
      const kept =
        format === 'csv'
          ? { labels, notes }
          : format === 'ssh-config'
            ? { jumps, labels: {} }
            : { jumps, labels, notes };
      expect([...records.values()]).toEqual([{ ...rest, ...kept }, FLEET[1]]);
    },
  );

  it('refuses what is no text, no file or too large, and guesses the format by the name', async () => {
    await writeFile(join(dir, 'binary'), Buffer.from([72, 0, 255]));
    await writeFile(join(dir, 'latin'), Buffer.from([72, 255, 10]));
    await writeFile(join(dir, 'large'), Buffer.alloc(9 * 1024 * 1024, 'a'));
    for (const name of ['binary', 'latin', 'large'])
      await expect(readInventory(join(dir, name), 'csv')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(readInventory(join(dir, 'none'), 'csv')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(readInventory(dir, 'csv')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(['config', 'a.yml', 'hosts', 'b.csv', 'c.ini'].map((name) => formatOf(join('/x', name)))).toEqual([
      ...['ssh-config', 'ansible-yaml', 'ansible-ini', 'csv', 'ansible-ini'],
    ]);
    expect(() => formatOf('/x/what.txt')).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
});
