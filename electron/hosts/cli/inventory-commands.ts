// `lineside device import` and `lineside device export`: the fleet from and to the inventories of other tools.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ImportEntry, ImportPlan, InventoryFormat } from '../../../shared/contract/device-import.ts';
import { formatBytes } from '../../../shared/domain/quantities.ts';
import { label, wordOf } from './parse.ts';
import { runSession, type Session } from './session.ts';

interface ImportOptions {
  readonly format?: InventoryFormat;
  readonly match?: string;
  readonly label?: Record<string, string>;
  readonly update?: boolean;
  readonly dryRun?: boolean;
}

const format = wordOf<InventoryFormat>(['ssh-config', 'ansible-ini', 'ansible-yaml', 'csv']);
const FORMAT_HELP = "ssh-config, ansible-ini, ansible-yaml or csv (default: by the file's name)";
const SHOWN_ENTRIES = 200;

export function addInventoryCommands(device: Command): void {
  device
    .command('import')
    .description('take boxes from an SSH configuration, an Ansible inventory or a CSV file, without contacting them')
    .argument('<file>', 'as ~/.ssh/config, hosts.ini, inventory.yml, boxes.csv')
    .option('--format <format>', FORMAT_HELP, format)
    .option('--match <pattern>', 'only these names, as press-*,!press-09')
    .option('--label <key=value>', 'a label for each of them; may be repeated', label)
    .option('--update', 'also change devices that are there already')
    .option('--dry-run', 'show the plan and change nothing')
    .action((file: string, options: ImportOptions, command: Command) =>
      runSession(command, async ({ client, terminal, signal }) => {
        const { match, label: labels } = options;
        const input = { path: resolve(file), format: options.format, match, labels };
        const plan = await client.devices.planImport(input, { signal });
        printPlan(terminal, plan);
        if (options.dryRun === true) {
          terminal.json(plan);
          terminal.line('Nothing was changed.');
          return;
        }
        const result = await client.devices.import(
          { ...input, planId: plan.planId, update: options.update },
          { signal },
        );
        terminal.json(result);
        const { added, updated } = result;
        const count = (state: ImportEntry['state']): number =>
          plan.entries.filter((each) => each.state === state).length;
        terminal.line(
          `Added ${added.length}, changed ${updated.length}, left as they are ${count('same') + count('changed') - updated.length}, refused ${count('refused')}.`,
        );
        if (count('changed') > updated.length) terminal.line('Devices that are there change only with --update.');
        const [first] = added;
        if (first !== undefined)
          terminal.line(`Next: confirm each host key at the first contact, as \`lineside device probe ${first}\`.`);
      }),
    );

  device
    .command('export')
    .description('write the fleet as an SSH configuration, an Ansible inventory or a CSV file')
    .argument('<file>', 'the file to write; one that is there is replaced')
    .option('--format <format>', FORMAT_HELP, format)
    .action((file: string, options: { format?: InventoryFormat }, command: Command) =>
      runSession(command, async ({ client, terminal, signal }) => {
        const result = await client.devices.export({ path: resolve(file), format: options.format }, { signal });
        terminal.json(result);
        terminal.line(`Wrote ${result.path}, ${result.devices} devices, ${formatBytes(result.sizeBytes)}.`);
        for (const remark of result.remarks) terminal.line(remark);
      }),
    );
}

function printPlan(terminal: Session['terminal'], plan: ImportPlan): void {
  const { entries } = plan;
  terminal.table(
    ['line>', 'device', 'state', 'address', 'what to know'],
    entries
      .slice(0, SHOWN_ENTRIES)
      .map((entry) => [
        String(entry.line),
        entry.name,
        entry.state,
        entry.address ?? '–',
        [entry.reason, ...entry.changes, ...entry.remarks].filter((text) => text !== null).join('; '),
      ]),
  );
  if (entries.length > SHOWN_ENTRIES)
    terminal.line(`… and ${entries.length - SHOWN_ENTRIES} more; --json --dry-run shows all of them.`);
  if (plan.unmatched > 0) terminal.line(`Not matched, and left out: ${plan.unmatched}.`);
  for (const remark of plan.remarks) terminal.line(remark);
}
