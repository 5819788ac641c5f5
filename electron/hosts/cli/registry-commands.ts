// `lineside bundle push` and `lineside bundle pull`: bundles and models in OCI registries.
import type { Command } from 'commander';
import type { RegistryOptions } from '../../../shared/contract/bundles.ts';
import { formatBytes } from '../../../shared/domain/quantities.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { readPassword } from './ask.ts';
import { runSession, type Session } from './session.ts';

interface LoginOptions {
  readonly plainHttp?: boolean;
  readonly username?: string;
  readonly passwordStdin?: boolean;
}

interface PushOptions extends LoginOptions {
  readonly mountFrom?: string;
  readonly replace?: boolean;
}

interface PullOptions extends LoginOptions {
  readonly asModel?: string;
  readonly version?: string;
}

export function addRegistryCommands(bundle: Command): void {
  withLogin(
    bundle
      .command('push')
      .description('send a bundle and its signatures to an OCI registry')
      .argument('<ref>', 'name, name:version or digest')
      .argument('<oci://host/repository[:tag]>', "where to (without a tag: the bundle's version)")
      .option('--mount-from <repository>', 'repository of the same registry that may have its parts already')
      .option('--replace', 'let a tag that points to another bundle point to this one'),
  ).action((ref: string, reference: string, options: PushOptions, command: Command) =>
    runSession(command, async ({ client, terminal, signal }) => {
      const { mountFrom, replace } = options;
      const login = await readLogin(reference, options);
      const input = { ref, reference, mountFrom, replace, ...login };
      const result = await follow(await client.bundles.push(input, { signal }), terminal);
      terminal.json(result);
      const kept = result.presentBytes + result.mountedBytes;
      terminal.line(
        `Pushed ${result.reference}: ${formatBytes(result.uploadedBytes)} sent, ${formatBytes(kept)} were there, ${result.signatures} signatures.`,
      );
    }),
  );
  withLogin(
    bundle
      .command('pull')
      .description('take a bundle from an OCI registry, after checking it as an import is')
      .argument('<oci://host/repository[:tag][@digest]>', 'where from')
      .option('--as-model <name>', 'import only its ONNX file, as a model; so can be taken what others packed')
      .option('--version <version>', 'version of the model (default: the next whole number)'),
  ).action((reference: string, options: PullOptions, command: Command) =>
    runSession(command, async ({ client, terminal, signal }) => {
      const { asModel: name, version } = options;
      if (name === undefined && version !== undefined) {
        throw new AppError('USAGE', '--version belongs to --as-model; a bundle has its own version.');
      }
      const login = await readLogin(reference, options);
      if (name === undefined) {
        const detail = await follow(await client.bundles.pull({ reference, ...login }, { signal }), terminal);
        terminal.json(detail);
        terminal.line(`Pulled ${detail.name}:${detail.version}, ${formatBytes(detail.sizeBytes)}, ${detail.digest}.`);
      } else {
        const input = { reference, name, version, ...login };
        const model = await follow(await client.bundles.pullModel(input, { signal }), terminal);
        terminal.json(model);
        terminal.line(`Imported the model ${model.name}:${model.version}, ${formatBytes(model.sizeBytes)}.`);
      }
    }),
  );
}

function withLogin(command: Command): Command {
  return command
    .option('--plain-http', 'speak HTTP without TLS (on this computer itself that is so in any case)')
    .option('--username <name>', 'login for this call (default: what docker or podman keeps)')
    .option('--password-stdin', 'read the password from standard input');
}

async function readLogin(reference: string, options: LoginOptions): Promise<RegistryOptions> {
  const { plainHttp, username, passwordStdin } = options;
  if (username === undefined) {
    if (passwordStdin === true) throw new AppError('USAGE', '--password-stdin needs --username.');
    return { plainHttp };
  }
  return { plainHttp, username, password: await readPassword(`${username} at ${reference}`, passwordStdin === true) };
}

interface Snapshot<T> {
  readonly step: string;
  readonly doneBytes: number;
  readonly totalBytes: number | null;
  readonly result: T | null;
}

async function follow<T>(stream: AsyncIterable<Snapshot<T>>, terminal: Session['terminal']): Promise<T> {
  for await (const { step, doneBytes, totalBytes, result } of stream) {
    if (result !== null) {
      terminal.settle();
      return result;
    }
    terminal.progress(step, totalBytes === null ? '' : `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`);
  }
  throw new AppError('INTERNAL', 'The transfer ended without a result.');
}
