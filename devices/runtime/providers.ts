// Execution providers of the runtime on this machine: which there are, and why one of them cannot be used.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Provider } from '../../shared/contract/bench-options.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import { loadOrt } from './ort-binding.ts';
import { ortReason } from './ort-reason.ts';

/** Names of the providers that this build of the runtime has with all that it needs beside it. @throws MODEL_LOAD_FAILED */
export function listProviders(ortDir?: string): string[] {
  const { binding, directory } = loadOrt(ortDir);
  return binding
    .listSupportedBackends()
    .filter(({ name, bundled }) => bundled || libraryNames(name).some((file) => existsSync(join(directory, file))))
    .map(({ name }) => name);
}

function libraryNames(provider: string): string[] {
  const name = `onnxruntime_providers_${provider}`;
  return [`lib${name}.so`, `${name}.dll`, `lib${name}.dylib`];
}

/** @returns PROVIDER_UNAVAILABLE with what the runtime threw, or with what this build offers instead */
export function providerUnavailable(
  provider: Provider,
  error: unknown,
  backends: readonly { readonly name: string }[],
): AppError {
  const offered = backends.map(({ name }) => name);
  const reason = offered.includes(provider)
    ? ortReason(error)
    : `this build of ONNX Runtime for ${process.platform}-${process.arch} offers ${offered.join(', ')}`;
  return new AppError('PROVIDER_UNAVAILABLE', `The provider ${provider} cannot be used here: ${reason}.`, {
    details: { provider, reason, offered },
    cause: error,
  });
}
