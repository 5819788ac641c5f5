// Execution providers as their makers write them, the same in every language.
import type { Provider } from '../../shared/contract/bench-options.ts';

export const PROVIDER_NAMES: Readonly<Record<Provider, string>> = {
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  tensorrt: 'TensorRT',
  dml: 'DirectML',
  coreml: 'CoreML',
};
