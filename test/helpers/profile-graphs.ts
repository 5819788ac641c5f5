/** Graphs made by hand for the profile: nodes of a source, and kernels as a runtime would name them. */
import type { OutlineNode } from '../../shared/domain/profile-align.ts';
import type { SourceNode } from '../../shared/domain/profile-source.ts';
import type { MeasuredKernel } from '../../shared/domain/profile-times.ts';

/** Names without a leading `w` are data; `w…` are weights of 8 by 4 by 3 by 3. */
export function node(
  opType: string,
  name: string,
  inputs: readonly string[],
  ...outputs: readonly string[]
): SourceNode {
  const weights = inputs
    .filter((input) => input.startsWith('w'))
    .map((input) => ({ name: input, shape: [8, 4, 3, 3] }));
  return { name, opType, inputs, outputs, weights, subgraphs: 0 };
}

export function kernel(
  opType: string,
  name: string,
  inputs: readonly string[],
  outputs: readonly string[],
  changes: Partial<MeasuredKernel> = {},
): MeasuredKernel {
  return {
    ...{ name, opType, inputs, outputs, parent: null, provider: 'CPUExecutionProvider', meanMs: 1 },
    ...{ inputShapes: ['float32[1,4,8,8]'], outputShapes: ['float32[1,8,8,8]'], activationBytes: 0, parameterBytes: 0 },
    ...changes,
  };
}

export function outline(
  opType: string,
  name: string,
  shape: readonly number[] = [],
  attributes: Record<string, string> = {},
): OutlineNode {
  return { name, opType, attributes, weights: shape.length > 0 ? [{ name: `${name}.weight`, shape }] : [] };
}
