// Ansible inventories in INI form: hosts under [group], [group:children], [group:vars], ranges and variables in the line.
import { createAnsibleGroups } from './ansible-groups.ts';
import { splitWords } from './config-words.ts';
import { createRemarks, type Inventory } from './inventory.ts';

type Section = { readonly group: string; readonly kind: 'hosts' | 'children' | 'vars' | 'unknown' };

/** Lines that cannot be read are left out and remarked. @throws INPUT_INVALID for too many hosts or groups */
export function readAnsibleIni(text: string, file: string, home: string): Inventory {
  const remarks = createRemarks();
  const groups = createAnsibleGroups(file, home, remarks);
  let section: Section = { group: 'ungrouped', kind: 'hosts' };
  let at = 0;

  function takeHosts(line: string): void {
    const words = splitWords(line);
    const [pattern, ...rest] = words ?? [];
    if (pattern === undefined) {
      if (words === null) remarks.add(file, at, 'a quote is not closed; the line is left out');
      return;
    }
    const variables = new Map<string, string>();
    for (const word of rest) {
      const equals = word.indexOf('=');
      if (equals > 0) variables.set(word.slice(0, equals), word.slice(equals + 1));
      else remarks.add(file, at, `"${word}" is not key=value and is left out`);
    }
    groups.addHosts(section.group, pattern, at, variables);
  }

  for (const raw of text.split('\n')) {
    at += 1;
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const header = /^\[([^[\]:\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(line);
    if (header) {
      section = toSection(header[1] ?? '', header[2]);
      if (section.kind === 'unknown') remarks.add(file, at, `the section ${line} is not known and is left out`);
      else groups.group(section.group);
    } else if (section.kind === 'hosts') takeHosts(line);
    else if (section.kind === 'children') {
      const child = splitWords(line)?.[0];
      if (child !== undefined) groups.addChild(section.group, child);
    } else if (section.kind === 'vars') {
      const equals = line.indexOf('=');
      if (equals > 0)
        groups.setGroupVariable(section.group, line.slice(0, equals).trim(), unquote(line.slice(equals + 1)));
      else remarks.add(file, at, 'this line is not key=value and is left out');
    }
  }
  return groups.finish();
}

function toSection(group: string, kind: string | undefined): Section {
  if (kind === undefined) return { group, kind: 'hosts' };
  return { group, kind: kind === 'children' || kind === 'vars' ? kind : 'unknown' };
}

function unquote(text: string): string {
  const value = text.trim();
  return /^(["']).*\1$/.test(value) && value.length > 1 ? value.slice(1, -1) : value;
}
