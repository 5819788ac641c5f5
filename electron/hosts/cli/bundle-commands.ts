// `lineside keys …` and `lineside bundle …`.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { BundleDetail } from '../../../shared/contract/bundles.ts';
import { formatBytes } from '../../../shared/domain/quantities.ts';
import { formatTime, shortDigest } from './format.ts';
import { nonNegativeNumber, positiveInteger, positiveNumber } from './parse.ts';
import { addRegistryCommands } from './registry-commands.ts';
import { runSession, type Session } from './session.ts';

interface CreateOptions {
  readonly name: string;
  readonly version: string;
  readonly golden?: string;
  readonly goldenCases?: number;
  readonly toleranceAbs?: number;
  readonly toleranceRel?: number;
  readonly latencyBudget?: number;
  readonly probation?: number;
  readonly arch?: string;
  readonly key?: string;
  readonly labels?: string;
  readonly preprocessing?: string;
  readonly evidence?: string[];
}

export function addBundleCommands(program: Command): void {
  const keys = program.command('keys').description('keys that sign bundles');
  keys
    .command('init')
    .description('make a signing key')
    .option('--name <name>', 'name of the key (default: default)')
    .action((options: { name?: string }, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const key = await client.keys.init({ name: options.name });
        terminal.json(key);
        terminal.line(
          `Made the signing key "${key.name}" (${shortDigest(key.keyId)}). Devices that you set up from now on trust it.`,
        );
      }),
    );
  keys
    .command('list')
    .description('all signing keys')
    .action((_options: object, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const list = await client.keys.list();
        terminal.json(list);
        if (list.length === 0) terminal.line('No signing key yet: make one with `lineside keys init`.');
        else
          terminal.table(
            ['key', 'id', 'algorithm', 'made'],
            list.map((key) => [key.name, shortDigest(key.keyId), key.algorithm, formatTime(key.createdAtMs)]),
          );
      }),
    );

  const bundle = program.command('bundle').description('signed bundles');
  bundle
    .command('create')
    .description('pack a model with its golden vectors and limits, and sign it')
    .argument('<model>', 'model name or name:version')
    .requiredOption('--name <name>', 'name of the bundle')
    .requiredOption('--version <version>', 'version of the bundle')
    .option('--golden <file.npz>', 'inputs and expected outputs (default: made by running the model here)')
    .option('--golden-cases <n>', 'how many to make (default: 4)', positiveInteger)
    .option('--tolerance-abs <x>', 'allowed absolute difference', nonNegativeNumber)
    .option('--tolerance-rel <x>', 'allowed relative difference', nonNegativeNumber)
    .option('--latency-budget <ms>', 'p95 on the device above which it is refused', positiveNumber)
    .option('--probation <seconds>', 'healthy time before the switch is permanent (default: 10)', nonNegativeNumber)
    .option('--arch <list>', 'architectures, as x64,arm64 (default: both)')
    .option('--key <name>', 'signing key (default: the only one)')
    .option('--labels <file.txt>', 'names of the classes, one a line')
    .option('--preprocessing <file.json>', 'how inputs are prepared')
    .option('--evidence <file.json...>', 'results that speak for it: benchmarks, evaluations, lineage')
    .action((modelRef: string, options: CreateOptions, command: Command) =>
      runSession(command, async ({ client, terminal, signal }) => {
        terminal.progress(`Building ${options.name}:${options.version}`);
        const detail = await client.bundles.create(
          {
            modelRef,
            name: options.name,
            version: options.version,
            goldenPath: options.golden === undefined ? undefined : resolve(options.golden),
            goldenCases: options.goldenCases,
            toleranceAbsolute: options.toleranceAbs,
            toleranceRelative: options.toleranceRel,
            latencyBudgetMs: options.latencyBudget,
            probationS: options.probation,
            architectures: options.arch?.split(','),
            keyName: options.key,
            labelsPath: options.labels === undefined ? undefined : resolve(options.labels),
            preprocessingPath: options.preprocessing === undefined ? undefined : resolve(options.preprocessing),
            evidencePaths: options.evidence?.map((path) => resolve(path)),
          },
          { signal },
        );
        terminal.json(detail);
        terminal.line(
          `Built and signed ${detail.name}:${detail.version}, ${formatBytes(detail.sizeBytes)}, ${detail.digest}.`,
        );
      }),
    );
  bundle
    .command('list')
    .description('all bundles')
    .action((_options: object, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const bundles = await client.bundles.list();
        terminal.json(bundles);
        if (bundles.length === 0)
          terminal.line('No bundles yet: make one with `lineside bundle create MODEL --name NAME --version VERSION`.');
        else {
          terminal.table(
            ['bundle', 'model', 'size>', 'golden>', 'budget', 'signed by', 'digest', 'made'],
            bundles.map((entry) => [
              `${entry.name}:${entry.version}`,
              `${entry.model.name}:${entry.model.version}`,
              formatBytes(entry.sizeBytes),
              String(entry.goldenCases),
              entry.latencyBudgetMs === null ? '–' : `p95 ≤ ${entry.latencyBudgetMs} ms`,
              entry.signedBy.map(shortDigest).join(', '),
              shortDigest(entry.digest),
              formatTime(entry.createdAtMs),
            ]),
          );
        }
      }),
    );
  bundle
    .command('inspect')
    .description('what a bundle holds and demands')
    .argument('<ref>', 'name, name:version or digest')
    .action((ref: string, _options: object, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const detail = await client.bundles.get({ ref });
        terminal.json(detail);
        printBundle(terminal, detail);
      }),
    );
  bundle
    .command('verify')
    .description('hash every part again and check the signatures')
    .argument('<ref>', 'name, name:version or digest')
    .action((ref: string, _options: object, command: Command) =>
      runSession(command, async ({ client, terminal, signal }) => {
        const report = await client.bundles.verify({ ref }, { signal });
        terminal.json(report);
        const trusted = report.signedBy.filter((key) => key.isTrusted);
        const signers = trusted.map((key) => key.name ?? shortDigest(key.keyId)).join(', ');
        terminal.line(
          `${report.name}:${report.version} is intact: ${report.blobsChecked} parts, ${formatBytes(report.bytesChecked)}, signed by ${signers}.`,
        );
      }),
    );
  bundle
    .command('export')
    .description('write a bundle as one tar file, or as a folder of plain files')
    .argument('<ref>', 'name, name:version or digest')
    .argument('<file.tar>', 'the file to write; with --files, the folder')
    .option('--files', 'write the files themselves with model.sig, which `model_signing verify key` checks')
    .action((ref: string, file: string, options: { files?: boolean }, command: Command) =>
      runSession(command, async ({ client, terminal, signal }) => {
        if (options.files === true) {
          const answer = await client.bundles.exportFiles({ ref, path: resolve(file) }, { signal });
          terminal.json(answer);
          terminal.line(
            answer.signaturePath === null
              ? `Wrote ${answer.files} files to ${answer.path}; the bundle has no signature for plain files.`
              : `Wrote ${answer.files} files to ${answer.path}, signed by ${answer.signaturePath}.`,
          );
          return;
        }
        const answer = await client.bundles.export({ ref, path: resolve(file) }, { signal });
        terminal.json(answer);
        terminal.line(`Wrote ${answer.path}, ${formatBytes(answer.sizeBytes)}.`);
      }),
    );
  bundle
    .command('verify-files')
    .description("check a model's folder or file against an OpenSSF model signature, whoever made it")
    .argument('<path>', 'the folder, or the only file')
    .requiredOption('--signature <file>', 'the signature, usually model.sig')
    .option('--key <file.pem>', "the signer's public key (default: the keys trusted here)")
    .action((path: string, options: { signature: string; key?: string }, command: Command) =>
      runSession(command, async ({ client, terminal, signal }) => {
        const report = await client.bundles.verifyFiles(
          {
            path: resolve(path),
            signaturePath: resolve(options.signature),
            publicKeyPath: options.key === undefined ? undefined : resolve(options.key),
          },
          { signal },
        );
        terminal.json(report);
        terminal.line(
          `${report.files} files, ${formatBytes(report.sizeBytes)}, are as ${report.signedBy.name} (${shortDigest(report.signedBy.keyId)}) signed them.`,
        );
      }),
    );
  bundle
    .command('import')
    .description('read a bundle from a tar file, after checking it')
    .argument('<file.tar>', 'the file to read')
    .action((file: string, _options: object, command: Command) =>
      runSession(command, async ({ client, terminal, signal }) => {
        const detail = await client.bundles.import({ path: resolve(file) }, { signal });
        terminal.json(detail);
        terminal.line(`Imported ${detail.name}:${detail.version}, ${detail.digest}.`);
      }),
    );
  addRegistryCommands(bundle);
  bundle
    .command('remove')
    .description('forget a bundle')
    .argument('<ref>', 'name, name:version or digest')
    .action((ref: string, _options: object, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const answer = await client.bundles.remove({ ref });
        terminal.json(answer);
        terminal.line(`Removed ${answer.removed}, ${formatBytes(answer.freedBytes)} freed.`);
      }),
    );
}

function printBundle(terminal: Session['terminal'], detail: BundleDetail): void {
  const { release } = detail;
  const { tolerance } = release.golden;
  terminal.facts([
    ['bundle', `${detail.name}:${detail.version}`],
    ['digest', detail.digest],
    ['size', formatBytes(detail.sizeBytes)],
    ['model', `${release.model.name}:${release.model.version}`],
    ['signed by', detail.signedBy.join(', ')],
    ['runs on', release.requirements.architectures.join(', ')],
    [
      'needs',
      `${formatBytes(release.requirements.minAvailableMemoryBytes)} of memory, ONNX Runtime ${release.requirements.runtime.minVersion}`,
    ],
    [
      'golden',
      `${detail.goldenCases} cases, |difference| ≤ ${tolerance.absolute} + ${tolerance.relative} · |expected|`,
    ],
    ['latency budget', detail.latencyBudgetMs === null ? 'none' : `p95 ≤ ${detail.latencyBudgetMs} ms`],
    ['probation', `${release.probation.durationMs / 1000} s`],
  ]);
  terminal.table(
    ['part', 'size>', 'digest', 'type'],
    detail.blobs.map((blob) => [
      blob.title ?? '–',
      formatBytes(blob.sizeBytes),
      shortDigest(blob.digest),
      blob.mediaType,
    ]),
  );
}
