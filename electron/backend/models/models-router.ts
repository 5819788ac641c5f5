// The `models` calls of the contract.
import { implement } from '@orpc/server';
import { modelsContract } from '../../../shared/contract/models.ts';
import type { ModelService } from './model-service.ts';

const os = implement(modelsContract);

export function createModelsRouter(models: ModelService) {
  return os.router({
    import: os.import.handler(({ input, signal }) => models.import(input, signal)),
    list: os.list.handler(() => models.list()),
    get: os.get.handler(({ input }) => models.get(input.ref)),
    graph: os.graph.handler(async ({ input }) => {
      const { onnxPath } = await models.resolve(input.ref);
      // With it comes the reader of ONNX files.
      const { modelGraph } = await import('./model-graph.ts');
      return modelGraph(onnxPath);
    }),
    remove: os.remove.handler(({ input }) => models.remove(input.ref)),
  });
}
