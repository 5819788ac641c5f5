// The fleet as a file that other tools read: OpenSSH configuration, Ansible inventory, CSV.
import type { InventoryFormat } from '../../../../shared/contract/device-import.ts';
import type { DeviceRecord } from '../../../../shared/contract/devices.ts';
import { CSV_COLUMNS } from './csv-inventory.ts';
import { formatLabels } from './label-text.ts';

export interface WrittenInventory {
  readonly text: string;
  readonly devices: number;
  /** What is not in the text. */
  readonly remarks: readonly string[];
}

/** Passwords are in no format, as Lineside stores none. What `readInventory` makes of the text is the same devices. */
export async function writeInventory(
  records: readonly DeviceRecord[],
  format: InventoryFormat,
): Promise<WrittenInventory> {
  const remarks: string[] = [];
  const devices = records.filter((record) => {
    const reason = reasonAgainst(record);
    if (reason !== null) remarks.push(`${record.name} is left out: ${reason}.`);
    return reason === null;
  });
  if (
    format === 'ssh-config' &&
    devices.some(({ labels, notes }) => notes !== undefined || Object.keys(labels).length > 0)
  )
    remarks.push('An SSH configuration holds neither labels nor notes.');
  const jumps = devices.flatMap((record) => record.jumps ?? []);
  if (format === 'csv' && jumps.length > 0) remarks.push('The CSV file does not hold jump hosts.');
  if (format !== 'csv' && jumps.some(({ identityFile }) => identityFile !== undefined))
    remarks.push('The key files of jump hosts are not in the file.');
  return { text: await TEXT_OF[format](devices), devices: devices.length, remarks };
}

const TEXT_OF: Readonly<Record<InventoryFormat, (devices: readonly DeviceRecord[]) => string | Promise<string>>> = {
  'ssh-config': (devices) => devices.map(sshConfigBlock).join('\n'),
  'ansible-ini': ansibleIni,
  'ansible-yaml': ansibleYaml,
  csv: (devices) =>
    [[...CSV_COLUMNS], ...devices.map(csvRow)].map((row) => `${row.map(csvCell).join(',')}\r\n`).join(''),
};

function reasonAgainst(record: DeviceRecord): string | null {
  const { kind, user, host, auth } = record;
  if (kind === 'local') return 'it is this computer';
  const values = [user, host, jumpsText(record), auth.kind === 'key' ? auth.identityFile : ''];
  return values.some((value) => /\p{Cc}/u.test(value)) ? 'a value of it holds control characters' : null;
}

function jumpsText({ jumps = [] }: DeviceRecord): string {
  return jumps.map((jump) => `${jump.user}@${bracketed(jump.host)}:${jump.port}`).join(',');
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function sshConfigBlock(record: DeviceRecord): string {
  const { name, host, user, port, auth } = record;
  const lines = [`Host ${name}`, `  HostName ${percent(host)}`, `  User ${quoted(user)}`, `  Port ${port}`];
  if (auth.kind === 'key') lines.push(`  IdentityFile ${quoted(percent(auth.identityFile))}`);
  const jumps = jumpsText(record);
  if (jumps !== '') lines.push(`  ProxyJump ${percent(jumps)}`);
  return `${lines.join('\n')}\n`;
}

const percent = (text: string): string => text.replaceAll('%', '%%');

function quoted(text: string): string {
  return /^[\w@%+./:~-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** The variables of a host and the groups that it is in. */
function ansibleHost(record: DeviceRecord): { variables: Record<string, string | number>; groups: string[] } {
  const { host, user, port, auth, labels, notes } = record;
  const groups: string[] = [];
  const variables: Record<string, string | number> = { ansible_host: host, ansible_user: user, ansible_port: port };
  if (auth.kind === 'key') variables['ansible_ssh_private_key_file'] = auth.identityFile;
  const jumps = jumpsText(record);
  if (jumps !== '') variables['ansible_ssh_common_args'] = `-o ProxyJump=${jumps}`;
  const others: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels)) {
    if (key.startsWith('group.') && value === 'true') groups.push(key.slice('group.'.length));
    else if (key === 'site' || key === 'line') variables[key] = value;
    else others[key] = value;
  }
  if (Object.keys(others).length > 0) variables['lineside_labels'] = formatLabels(others);
  if (notes !== undefined) variables['lineside_notes'] = notes.replace(/\s+/g, ' ');
  return { variables, groups };
}

function groupMembers(devices: readonly DeviceRecord[]): Map<string, string[]> {
  const members = new Map<string, string[]>();
  for (const record of devices)
    for (const group of ansibleHost(record).groups) members.set(group, [...(members.get(group) ?? []), record.name]);
  return members;
}

function ansibleIni(devices: readonly DeviceRecord[]): string {
  const hosts = devices.map((record) => {
    const pairs = Object.entries(ansibleHost(record).variables).map(
      ([key, value]) => `${key}=${quoted(String(value))}`,
    );
    return `${[record.name, ...pairs].join(' ')}\n`;
  });
  const groups = [...groupMembers(devices)].map(([group, names]) => `\n[${group}]\n${names.join('\n')}\n`);
  return [...hosts, ...groups].join('');
}

async function ansibleYaml(devices: readonly DeviceRecord[]): Promise<string> {
  // With it comes the writer of YAML.
  const { stringify } = await import('yaml');
  const hosts = new Map(devices.map((record) => [record.name, ansibleHost(record).variables]));
  const children = new Map(
    [...groupMembers(devices)].map(([group, names]) => [group, { hosts: new Map(names.map((name) => [name, null])) }]),
  );
  return stringify({ all: children.size > 0 ? { hosts, children } : { hosts } }, { lineWidth: 0, nullStr: '' });
}

function csvRow({ name, host, user, port, auth, labels, notes }: DeviceRecord): string[] {
  const identity = auth.kind === 'key' ? auth.identityFile : '';
  return [name, bracketed(host), user, String(port), identity, formatLabels(labels), notes ?? ''];
}

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
