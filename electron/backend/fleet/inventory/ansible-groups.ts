// The groups of an Ansible inventory, and what they and their variables make of each host.
import { dirname, resolve } from 'node:path';
import { AppError } from '../../../../shared/errors/app-error.ts';
import { expandRanges } from './host-ranges.ts';
import {
  checkHostCount,
  expandHome,
  type Inventory,
  type InventoryHost,
  MAX_HOSTS,
  parseJumps,
  type Remarks,
} from './inventory.ts';
import { isLabel, parseLabels } from './label-text.ts';

type Variables = Map<string, string>;

interface Group {
  readonly name: string;
  readonly parents: Set<string>;
  readonly variables: Variables;
}

interface Host {
  readonly name: string;
  readonly line: number;
  readonly groups: Set<string>;
  readonly variables: Variables;
}

/** Filled by the reader of either format. */
export interface AnsibleGroups {
  /** Makes it where it is not there yet. */
  group(name: string): void;
  addChild(parent: string, child: string): void;
  setGroupVariable(group: string, key: string, value: string): void;
  /** `pattern` may hold ranges and a port. */
  addHosts(group: string, pattern: string, line: number, variables: ReadonlyMap<string, string>): void;
  finish(): Inventory;
}

const MAX_GROUPS = 2000;
const MAX_LABELS = 64;
const NOTHING: ReadonlySet<string> = new Set();

/**
 * A host's own variables win over those of its groups, a deeper group over the one around it, and of groups of the same depth the
 * one that comes later in the alphabet, as in Ansible. Each group is the label `group.<name>=true`; the variables `site` and `line`
 * are labels of that name, and `lineside_labels` (`key=value;key=value`) holds any others.
 */
export function createAnsibleGroups(file: string, home: string, remarks: Remarks): AnsibleGroups {
  const groups = new Map<string, Group>();
  const hosts = new Map<string, Host>();
  const refused: InventoryHost[] = [];

  function groupOf(name: string): Group {
    const known = groups.get(name);
    if (known) return known;
    if (groups.size >= MAX_GROUPS)
      throw new AppError('INPUT_INVALID', `${file} has more than ${MAX_GROUPS} groups; take it apart.`, {
        details: { file },
      });
    const group: Group = { name, parents: new Set(), variables: new Map() };
    groups.set(name, group);
    return group;
  }

  /** All groups of a host; a cycle among them ends where it began. */
  function ancestors(host: Host): Set<string> {
    const found = new Set(host.groups);
    for (const name of found) for (const parent of groups.get(name)?.parents ?? NOTHING) found.add(parent);
    return found;
  }

  const depths = new Map<string, number>();
  function depthOf(name: string, above: ReadonlySet<string> = NOTHING): number {
    const known = depths.get(name);
    if (known !== undefined) return known;
    let depth = 0;
    for (const parent of groups.get(name)?.parents ?? NOTHING) {
      if (above.has(parent) || parent === name) remarks.add(file, 1, `the group "${name}" is inside itself`);
      else depth = Math.max(depth, depthOf(parent, new Set([...above, name])) + 1);
    }
    depths.set(name, depth);
    return depth;
  }

  function toHost(host: Host): InventoryHost {
    const all = [...ancestors(host)].filter((name) => name !== 'all' && name !== 'ungrouped');
    all.sort((a, b) => depthOf(a) - depthOf(b) || (a < b ? -1 : 1));
    const variables: Variables = new Map(groups.get('all')?.variables);
    for (const name of all) for (const [key, value] of groups.get(name)?.variables ?? []) variables.set(key, value);
    for (const [key, value] of host.variables) variables.set(key, value);
    return describeHost(host, all, variables, { file, home });
  }

  return {
    group: groupOf,
    addChild: (parent, child) => {
      groupOf(parent);
      groupOf(child).parents.add(parent);
    },
    setGroupVariable: (group, key, value) => {
      groupOf(group).variables.set(key, value);
    },
    addHosts: (group, text, line, variables) => {
      groupOf(group);
      const { pattern, port } = takePortOff(text);
      const names = expandRanges(pattern, MAX_HOSTS);
      if ('problem' in names) {
        if (refused.length < MAX_HOSTS)
          refused.push({ name: text, file, line, labels: {}, remarks: [], problem: names.problem });
        return;
      }
      for (const name of names) {
        const host = hosts.get(name) ?? { name, line, groups: new Set(), variables: new Map() };
        hosts.set(name, host);
        checkHostCount(hosts.size, file);
        host.groups.add(group);
        if (port !== null) host.variables.set('ansible_port', port);
        for (const [key, value] of variables) host.variables.set(key, value);
      }
    },
    finish: () => ({ hosts: [...[...hosts.values()].map(toHost), ...refused], remarks: remarks.list }),
  };
}

/** `name:22`, but not the colon of a range or of an IPv6 address. */
function takePortOff(text: string): { pattern: string; port: string | null } {
  const match = /^([^:]+):(\d+)$/.exec(text.replace(/\[[^\]]*\]/g, (range) => '_'.repeat(range.length)));
  const before = match?.[1];
  return before === undefined
    ? { pattern: text, port: null }
    : { pattern: text.slice(0, before.length), port: match?.[2] ?? null };
}

function describeHost(
  { name, line }: Host,
  groups: readonly string[],
  variables: Variables,
  { file, home }: { file: string; home: string },
): InventoryHost {
  const remarks: string[] = [];
  const value = (...keys: string[]): string | undefined => {
    const key = keys.find((each) => variables.has(each));
    return key === undefined ? undefined : variables.get(key);
  };
  const key = value('ansible_ssh_private_key_file', 'ansible_private_key_file');
  const common = {
    ...{ name, file, line, remarks },
    host: value('ansible_host', 'ansible_ssh_host') ?? name,
    user: value('ansible_user', 'ansible_ssh_user'),
    port: value('ansible_port', 'ansible_ssh_port'),
    notes: value('lineside_notes'),
  };
  const connection = value('ansible_connection') ?? 'ssh';
  const template = [common.host, common.user, common.port, key].find((each) => each?.includes('{{'));
  const labels = labelsOf(groups, variables, remarks);
  const sshArguments = [value('ansible_ssh_common_args'), value('ansible_ssh_extra_args')].join(' ');
  const problem = !['ssh', 'smart', 'paramiko', 'paramiko_ssh'].includes(connection)
    ? `its connection is "${connection}", not SSH`
    : template !== undefined
      ? `"${template}" is a template, which only Ansible can work out`
      : Object.keys(labels).length > MAX_LABELS
        ? `it is in so many groups that it would have more than ${MAX_LABELS} labels`
        : /ProxyCommand/i.test(sshArguments)
          ? 'it is reached by a ProxyCommand, which Lineside does not run'
          : undefined;
  if (problem !== undefined) return { ...common, labels: {}, problem };
  const hasPassword = value('ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password') !== undefined;
  if (hasPassword) remarks.push('its password is not taken from the file; it is asked for at the first contact');
  const jump = /(?:-J\s*|ProxyJump[=\s]\s*)["']?([^\s"']+)/.exec(sshArguments)?.[1];
  return {
    ...common,
    identityFile: key === undefined ? undefined : resolve(dirname(file), expandHome(key, home)),
    usesPassword: hasPassword && key === undefined ? true : undefined,
    jumps: jump === undefined ? undefined : parseJumps(jump),
    labels,
  };
}

function labelsOf(groups: readonly string[], variables: Variables, remarks: string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  const set = (key: string, value: string): void => {
    if (isLabel(key, value)) labels[key] = value;
    else remarks.push(`"${key}=${value}" cannot be a label and is left out`);
  };
  for (const group of groups) set(`group.${group}`, 'true');
  for (const key of ['site', 'line']) {
    const value = variables.get(key);
    if (value !== undefined) set(key, value);
  }
  const others = variables.get('lineside_labels');
  const parsed = others === undefined ? {} : parseLabels(others);
  if (parsed === null) remarks.push(`lineside_labels "${others}" are not labels; write key=value;key=value`);
  return { ...labels, ...parsed };
}
