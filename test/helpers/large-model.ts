// Writes a valid ONNX model of a wanted size with seeded weights: a chain of MatMul nodes, each with its own square matrix.
import { writeFile } from 'node:fs/promises';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../../electron/backend/models/vendor/onnx_pb.ts';

const WIDTH = 1024;
const MATRIX_BYTES = WIDTH * WIDTH * 4;
const FLOAT = 1;

/** Writes about `megabytes` MB (at least one matrix of 4.2 MB); the same seed gives the same bytes. */
export async function writeLargeModel(path: string, megabytes: number, seed = 1): Promise<void> {
  const layers = Math.max(1, Math.round((megabytes * 1e6) / MATRIX_BYTES));
  const names = Array.from({ length: layers }, (_, index) => index);
  const tensor = (name: string): object => ({
    name,
    type: {
      value: {
        case: 'tensorType' as const,
        value: {
          elemType: FLOAT,
          shape: {
            dim: [
              { value: { case: 'dimParam' as const, value: 'batch' } },
              { value: { case: 'dimValue' as const, value: BigInt(WIDTH) } },
            ],
          },
        },
      },
    },
  });
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: 'lineside-test',
    opsetImport: [{ domain: '', version: 17n }],
    graph: {
      name: 'chain',
      node: names.map((index) => ({
        opType: 'MatMul',
        name: `matmul_${index}`,
        input: [`x${index}`, `w${index}`],
        output: [`x${index + 1}`],
      })),
      initializer: names.map((index) => ({
        name: `w${index}`,
        dims: [BigInt(WIDTH), BigInt(WIDTH)],
        dataType: FLOAT,
        rawData: weights(seed * 1000 + index),
      })),
      input: [tensor('x0')],
      output: [tensor(`x${layers}`)],
    },
  });
  await writeFile(path, toBinary(ModelProtoSchema, model));
}

/** Small values, so that a long chain stays finite; hardly compressible (xorshift32). */
function weights(seed: number): Uint8Array {
  const values = new Float32Array(WIDTH * WIDTH);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let index = 0; index < values.length; index += 1) {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    values[index] = (state / 2 ** 32 - 0.5) / 64;
  }
  return new Uint8Array(values.buffer);
}
