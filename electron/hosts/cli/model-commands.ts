// `lineside model …`: the models in the local registry.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { TensorInfo } from '../../../shared/contract/common.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { formatBytes, formatCount } from '../../../shared/domain/quantities.ts';
import { formatTime, shortDigest } from './format.ts';
import { runSession, type Session } from './session.ts';

export function addModelCommands(program: Command): void {
  const model = program.command('model').description('models in the local registry');

  model
    .command('import')
    .description('check an ONNX file and keep it')
    .argument('<file>', 'the .onnx file')
    .requiredOption('--name <name>', 'name in the registry')
    .option('--version <version>', 'version (default: the next whole number)')
    .action((file: string, options: { name: string; version?: string }, command: Command) =>
      runSession(command, async ({ client, terminal, signal }) => {
        const detail = await client.models.import(
          { path: resolve(file), name: options.name, version: options.version },
          { signal },
        );
        terminal.json(detail);
        terminal.line(
          `Imported ${detail.name}:${detail.version}, ${formatBytes(detail.sizeBytes)}, ${formatCount(detail.parameterCount)} parameters.`,
        );
      }),
    );

  model
    .command('list')
    .description('all models')
    .action((_options: object, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const models = await client.models.list();
        terminal.json(models);
        if (models.length === 0)
          terminal.line('No models yet: import one with `lineside model import FILE --name NAME`.');
        else {
          terminal.table(
            ['model', 'size>', 'parameters>', 'input', 'digest', 'imported'],
            models.map((entry) => [
              `${entry.name}:${entry.version}`,
              formatBytes(entry.sizeBytes),
              formatCount(entry.parameterCount),
              entry.inputs.map(formatTensor).join(', '),
              shortDigest(entry.digest),
              formatTime(entry.importedAtMs),
            ]),
          );
        }
      }),
    );

  model
    .command('inspect')
    .description('inputs, outputs, operators, size')
    .argument('<ref>', 'name or name:version')
    .action((ref: string, _options: object, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const detail = await client.models.get({ ref });
        terminal.json(detail);
        printModel(terminal, detail);
      }),
    );

  model
    .command('remove')
    .description('forget a model')
    .argument('<ref>', 'name or name:version')
    .action((ref: string, _options: object, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const answer = await client.models.remove({ ref });
        terminal.json(answer);
        terminal.line(`Removed ${answer.removed}, ${formatBytes(answer.freedBytes)} freed.`);
      }),
    );
}

function formatTensor({ name, type, shape }: TensorInfo): string {
  return `${name} ${type}[${shape === null ? '…' : shape.join(', ')}]`;
}

const DEFAULT_DOMAIN = 'ai.onnx';

function operatorName(domain: string, opType: string): string {
  return domain === '' || domain === DEFAULT_DOMAIN ? opType : `${domain}.${opType}`;
}

function printModel(terminal: Session['terminal'], detail: ModelDetail): void {
  terminal.facts([
    ['model', `${detail.name}:${detail.version}`],
    ['digest', detail.digest],
    ['size', formatBytes(detail.sizeBytes)],
    ['parameters', formatCount(detail.parameterCount)],
    ['weights', detail.weights.map((entry) => `${entry.type} ${formatBytes(entry.sizeBytes)}`).join(', ')],
    ['inputs', detail.inputs.map(formatTensor).join('; ')],
    ['outputs', detail.outputs.map(formatTensor).join('; ')],
    ['opsets', detail.opsets.map(({ domain, version }) => `${domain || DEFAULT_DOMAIN} ${version}`).join(', ')],
    ['IR version', String(detail.irVersion)],
    ['producer', detail.producer || '–'],
    ['nodes', String(detail.nodeCount)],
    [
      'operators',
      detail.operators.map(({ domain, opType, count }) => `${operatorName(domain, opType)} ${count}`).join(', '),
    ],
    ['imported', formatTime(detail.importedAtMs)],
  ]);
}
