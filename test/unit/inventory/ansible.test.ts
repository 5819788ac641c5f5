// Ansible inventories in INI and YAML: groups, variables, ranges, and files that mean harm.
import { describe, expect, it } from 'vitest';
import { readAnsibleIni } from '../../../electron/backend/fleet/inventory/ansible-ini.ts';
import { readAnsibleYaml } from '../../../electron/backend/fleet/inventory/ansible-yaml.ts';
import { expandRanges } from '../../../electron/backend/fleet/inventory/host-ranges.ts';
import type { Inventory } from '../../../electron/backend/fleet/inventory/inventory.ts';

const ini = (text: string): Inventory => readAnsibleIni(text, '/plant/hosts.ini', '/home/eng');
const yaml = (text: string): Inventory => readAnsibleYaml(text, '/plant/hosts.yml', '/home/eng');
const named = ({ hosts }: Inventory, name: string) => hosts.find((host) => host.name === name);

const INI = `lonely ansible_host=10.0.0.9
[press]
press[01:03] ansible_user="eng one" site=a  # a comment
press01 ansible_port=2222
gate.example:24
[weld]
weld-[a:c]
[cells:children]
press
weld
[cells:vars]
ansible_ssh_private_key_file = ~/.ssh/cells
line = cell
[all:vars]
ansible_user=everyone
line=none
`;

const YAML = `all:
  vars: { ansible_user: everyone, line: none }
  hosts:
    lonely: { ansible_host: 10.0.0.9 }
  children:
    cells:
      vars: &cells
        ansible_ssh_private_key_file: ~/.ssh/cells
        line: cell
      children:
        press:
          hosts:
            press[01:03]: { ansible_user: eng one, site: a }
            press01:
              ansible_port: 2222
            gate.example:24:
        weld:
          hosts:
            weld-[a:c]:
`;

describe.each([
  ['INI', ini, INI],
  ['YAML', yaml, YAML],
])('an Ansible inventory in %s', (_form, read, text) => {
  it('gives hosts with the variables of their groups, and groups as labels', () => {
    const inventory = read(text);
    expect(inventory.hosts.map(({ name }) => name).sort()).toEqual(
      ['gate.example', 'lonely', 'press01', 'press02', 'press03', 'weld-a', 'weld-b', 'weld-c'].sort(),
    );
    expect(named(inventory, 'press01')).toMatchObject({
      ...{ host: 'press01', user: 'eng one', port: '2222', identityFile: '/home/eng/.ssh/cells' },
      labels: { 'group.cells': 'true', 'group.press': 'true', site: 'a', line: 'cell' },
    });
    expect(named(inventory, 'gate.example')).toMatchObject({ port: '24', user: 'everyone' });
    expect(named(inventory, 'lonely')).toMatchObject({ host: '10.0.0.9', labels: { line: 'none' } });
    expect(inventory.remarks).toEqual([]);
  });
});

describe('an Ansible inventory', () => {
  it('refuses what is no SSH and what only Ansible can work out, and takes no password', () => {
    const inventory = ini(`a ansible_connection=local
b ansible_host={{lookup}}
c ansible_password=secret
d ansible_ssh_common_args='-o ProxyCommand="nc x"'
e ansible_ssh_common_args='-o ProxyJump=eng@gate:24'
x[1:99999999]
y[9:1]
`);
    expect(named(inventory, 'a')?.problem).toContain('local');
    expect(named(inventory, 'b')?.problem).toContain('template');
    expect(named(inventory, 'c')).toMatchObject({ usesPassword: true });
    expect(JSON.stringify(inventory)).not.toContain('secret');
    expect(named(inventory, 'd')?.problem).toContain('ProxyCommand');
    expect(named(inventory, 'e')?.jumps).toEqual([{ user: 'eng', host: 'gate', port: '24' }]);
    expect(named(inventory, 'x[1:99999999]')).toMatchObject({ line: 6, problem: expect.stringContaining('99999999') });
    expect(named(inventory, 'y[9:1]')?.problem).toContain('not a range');
  });

  it('ends with groups inside each other, and with more groups or hosts than there can be', () => {
    const { hosts, remarks } = ini('[a:children]\nb\n[b:children]\na\n[b]\nbox\n[c:nothing]\nline\n');
    expect(hosts[0]?.labels).toEqual({ 'group.a': 'true', 'group.b': 'true' });
    expect(remarks.join()).toContain('inside itself');
    expect(remarks.join()).toContain('hosts.ini:7');
    const groups = Array.from({ length: 3000 }, (_, at) => `[g${at}:children]\ng${at + 1}\n`).join('');
    expect(() => ini(groups)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
    expect(() => ini('a[1:9000]\nb[1:9000]\n')).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
    expect(ini('a[1:10000]\n').hosts).toHaveLength(10_000);
    expect(expandRanges('r[1:1000]s[1:1000]t[1:1000]', 10_000)).toHaveProperty('problem');
    expect(expandRanges('r[8:12:2]-[a:b]', 10)).toEqual(['r8-a', 'r8-b', 'r10-a', 'r10-b', 'r12-a', 'r12-b']);
  });

  it('lets an own variable win over one that is merged in', () => {
    const inventory = yaml(
      'x: &v { ansible_port: 1, ansible_user: u }\ng: { hosts: { a: { <<: *v, ansible_port: 2 } } }',
    );
    expect(named(inventory, 'a')).toMatchObject({ port: '2', user: 'u', line: 2 });
  });

  it.each([
    ['no YAML', 'all: [unclosed'],
    ['a list', '- a\n- b\n'],
    ['nothing', ''],
    ['a plugin', 'plugin: aws_ec2\n'],
    ['a tree without end', `all: ${'{children: {g: '.repeat(100)}{}${'}}'.repeat(100)}`],
    ['brackets without end', '['.repeat(100_000)],
    ['an anchor inside itself', 'all: &a { children: { b: *a } }'],
    [
      'aliases that multiply',
      `x0: &x0 { vars: {a: 1} }\n${Array.from({ length: 30 }, (_, at) => `x${at + 1}: &x${at + 1} { children: { a: *x${at}, b: *x${at} } }\n`).join('')}`,
    ],
  ])('refuses %s in YAML', (_what, text) => {
    expect(() => yaml(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
});
