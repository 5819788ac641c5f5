// Compares an inventory with the fleet: which devices are new, the same, changed or refused, and why.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { ImportEntry, ImportPlan, InventoryFormat } from '../../../../shared/contract/device-import.ts';
import type { DeviceAuth, DeviceRecord } from '../../../../shared/contract/devices.ts';
import { checkName } from '../../../../shared/domain/names.ts';
import { AppError } from '../../../../shared/errors/app-error.ts';
import { parseDeviceAddress } from '../device-address.ts';
import type { Inventory, InventoryHost, InventoryJump } from './inventory.ts';
import { formatLabels, isLabel } from './label-text.ts';
import { matchesPatternList } from './wildcard.ts';

export interface PlanSettings {
  readonly path: string;
  readonly format: InventoryFormat;
  readonly match?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** For devices whose file names no user. */
  readonly loginUser: string;
}

export interface PlannedImport {
  readonly plan: ImportPlan;
  /** Records of the entries that are new or changed, by name; `addedAtMs` of new ones is 0. */
  readonly records: ReadonlyMap<string, DeviceRecord>;
}

/** @throws INPUT_INVALID for labels that are none and for a pattern that matches nothing */
export function planImport(
  inventory: Inventory,
  fleet: readonly DeviceRecord[],
  settings: PlanSettings,
): PlannedImport {
  for (const [key, value] of Object.entries(settings.labels ?? {})) {
    if (!isLabel(key, value)) throw new AppError('INPUT_INVALID', `"${key}=${value}" is not a label; write key=value.`);
  }
  const patterns = settings.match?.split(',').map((part) => part.trim());
  const hosts = patterns ? inventory.hosts.filter(({ name }) => matchesPatternList(patterns, name)) : inventory.hosts;
  if (hosts.length === 0) {
    const what = patterns && inventory.hosts.length > 0 ? `no host that matches "${settings.match}"` : 'no host';
    throw new AppError('INPUT_INVALID', `${settings.path} names ${what}.`, { details: { path: settings.path } });
  }
  const known = new Map(fleet.map((record) => [record.name, record]));
  const firstLines = new Map<string, number>();
  const records = new Map<string, DeviceRecord>();
  const addresses = new Map(fleet.filter(isSsh).map((record) => [addressKey(record), record.name]));

  const entries = hosts.map((host): ImportEntry => {
    const before = known.get(host.name);
    const common = { name: host.name, file: host.file, line: host.line };
    const none = { address: null, changes: [], reason: null };
    try {
      const firstLine = firstLines.get(host.name);
      if (firstLine !== undefined) throw refusal(`the name is there already in line ${firstLine}`);
      firstLines.set(host.name, host.line);
      const record = toRecord(host, before, settings);
      const remarks = [...host.remarks, ...remarksOn(record)];
      const twin = addresses.get(addressKey(record));
      if (twin !== undefined && twin !== host.name) remarks.push(`it has the same address as ${twin}`);
      else addresses.set(addressKey(record), record.name);
      const changes = before ? differences(before, record) : [];
      const state = !before ? 'new' : changes.length === 0 ? 'same' : 'changed';
      if (state !== 'same') records.set(host.name, record);
      return { ...common, ...none, state, address: shownAddress(record), changes, remarks };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return {
        ...common,
        ...none,
        state: 'refused',
        reason: error.message.replace(/\.$/, ''),
        remarks: [...host.remarks],
      };
    }
  });
  const { path, format } = settings;
  const planId = createHash('sha256')
    .update(JSON.stringify([path, format, entries, [...records.values()]]))
    .digest('hex');
  const unmatched = inventory.hosts.length - hosts.length;
  return { plan: { path, format, planId, entries, unmatched, remarks: [...inventory.remarks] }, records };
}

type Jump = NonNullable<DeviceRecord['jumps']>[number];

function toJump({ user, host, port, identityFile }: InventoryJump, loginUser: string): Jump {
  const place = parseSsh(user ?? loginUser, host, port ?? '22');
  return { ...place, ...(identityFile === undefined ? {} : { identityFile }) };
}

/** By the rules of an address that somebody types. @throws INPUT_INVALID */
function parseSsh(user: string, host: string, port: string): { user: string; host: string; port: number } {
  if (!/^\d{1,5}$/.test(port)) throw refusal(`"${port}" is not a port`);
  const parsed = parseDeviceAddress(`${user}@${host.includes(':') ? `[${host}]` : host}:${port}`);
  // The user in front keeps the word "local" from meaning this computer.
  if (parsed.kind === 'local') throw refusal(`"${host}" is not the address of a box`);
  return { user: parsed.user, host: parsed.host, port: parsed.port };
}

function toRecord(host: InventoryHost, before: DeviceRecord | undefined, settings: PlanSettings): DeviceRecord {
  checkName('device', host.name);
  if (host.problem !== undefined) throw refusal(host.problem);
  if (before?.kind === 'local') throw refusal('a device of this name is there, and it is this computer');
  const user = host.user ?? before?.user ?? settings.loginUser;
  const place = parseSsh(user, host.host ?? before?.host ?? '', host.port ?? String(before?.port ?? 22));
  const notes = host.notes ?? before?.notes;
  const jumps = host.jumps?.map((jump) => toJump(jump, settings.loginUser)) ?? before?.jumps ?? [];
  return {
    name: host.name,
    kind: 'ssh',
    ...place,
    auth: authOf(host, before),
    root: before?.root ?? '~/lineside',
    labels: { ...before?.labels, ...host.labels, ...settings.labels },
    addedAtMs: before?.addedAtMs ?? 0,
    ...(notes === undefined ? {} : { notes }),
    ...(jumps.length === 0 ? {} : { jumps }),
  };
}

function authOf(host: InventoryHost, before: DeviceRecord | undefined): DeviceAuth {
  if (host.identityFile !== undefined) return { kind: 'key', identityFile: host.identityFile };
  if (host.usesPassword === true) return { kind: 'password' };
  return before?.auth ?? { kind: 'agent' };
}

function remarksOn(record: DeviceRecord): string[] {
  const { auth, jumps = [] } = record;
  const keys = [auth.kind === 'key' ? auth.identityFile : undefined, ...jumps.map(({ identityFile }) => identityFile)];
  const remarks = [...new Set(keys)]
    .filter((key) => key !== undefined && !existsSync(key))
    .map((key) => `its key file ${key} is not on this computer`);
  return jumps.length === 0 ? remarks : [`it is reached through ${shownJumps(record)}`, ...remarks];
}

function differences(before: DeviceRecord, after: DeviceRecord): string[] {
  const pairs: [what: string, before: string, after: string][] = [
    ['address', shownAddress(before), shownAddress(after)],
    ['login', shownAuth(before.auth), shownAuth(after.auth)],
    ['jump hosts', shownJumps(before), shownJumps(after)],
    ['labels', formatLabels(before.labels) || 'none', formatLabels(after.labels) || 'none'],
    ['notes', before.notes ?? 'none', after.notes ?? 'none'],
  ];
  return pairs.filter(([, old, fresh]) => old !== fresh).map(([what, old, fresh]) => `${what}: ${old} → ${fresh}`);
}

const isSsh = ({ kind }: DeviceRecord): boolean => kind === 'ssh';

/** Behind another jump host the same address is another box. */
const addressKey = (record: DeviceRecord): string =>
  `${record.host.toLowerCase()} ${record.port} ${shownJumps(record)}`;

function shownJumps({ jumps = [] }: DeviceRecord): string {
  return jumps.map(shownAddress).join(', ') || 'none';
}

function shownAddress({ user, host, port }: Pick<DeviceRecord, 'user' | 'host' | 'port'>): string {
  return `${user}@${host.includes(':') ? `[${host}]` : host}${port === 22 ? '' : `:${port}`}`;
}

function shownAuth(auth: DeviceAuth): string {
  return auth.kind === 'key' ? `key ${auth.identityFile}` : auth.kind === 'agent' ? 'ssh-agent' : auth.kind;
}

function refusal(reason: string): AppError {
  return new AppError('INPUT_INVALID', reason);
}
