// The `bundles` calls of the contract.
import { implement } from '@orpc/server';
import { bundlesContract } from '../../../shared/contract/bundles.ts';
import type { ModelService } from '../models/model-service.ts';
import { transferStream } from '../registry/transfer-stream.ts';
import type { BundleService } from './bundle-service.ts';

/** Where a model from a registry goes. */
export interface ModelImports {
  readonly models: Pick<ModelService, 'import'>;
  readonly dataDir: string;
}

const os = implement(bundlesContract);

export function createBundlesRouter(bundles: BundleService, imports: ModelImports) {
  return os.router({
    create: os.create.handler(({ input, signal }) => bundles.create(input, signal)),
    list: os.list.handler(() => bundles.list()),
    get: os.get.handler(({ input }) => bundles.get(input.ref)),
    verify: os.verify.handler(({ input, signal }) => bundles.verify(input.ref, signal)),
    export: os.export.handler(({ input, signal }) => bundles.export(input.ref, input.path, signal)),
    exportFiles: os.exportFiles.handler(({ input, signal }) => bundles.exportFiles(input.ref, input.path, signal)),
    verifyFiles: os.verifyFiles.handler(({ input, signal }) => bundles.verifyFiles(input, signal)),
    import: os.import.handler(({ input, signal }) => bundles.import(input.path, signal)),
    push: os.push.handler(({ input, signal }) => bundles.push(input, signal)),
    pull: os.pull.handler(({ input, signal }) => bundles.pull(input, signal)),
    pullModel: os.pullModel.handler(({ input, signal }) =>
      transferStream(async (report, stop) => {
        const { pullModelFromRegistry } = await import('../registry/registry-service.ts');
        return pullModelFromRegistry(input, imports, report, stop);
      }, signal),
    ),
    remove: os.remove.handler(({ input }) => bundles.remove(input.ref)),
  });
}
