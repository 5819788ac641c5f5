// A tensor's shape as people write it: `batch × 3 × 224 × 224`.
import type { TensorInfo } from '../../../shared/contract/common.ts';

/** `?` where the rank is unknown, `scalar` braces where it is zero. */
export function shapeText(shape: TensorInfo['shape']): string {
  if (shape === null) return '?';
  return shape.length === 0 ? '[ ]' : shape.join(' × ');
}
