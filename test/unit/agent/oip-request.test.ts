// Requests of the Open Inference Protocol, well-formed and not.
import { describe, expect, it } from 'vitest';
import { OipError, type OipModel } from '../../../devices/agent/inference/oip-model.ts';
import { decodeInferRequest, type InferRequest } from '../../../devices/agent/inference/oip-request.ts';
import { encodeInferResponse } from '../../../devices/agent/inference/oip-response.ts';

const MODEL: OipModel = {
  name: 'm',
  version: '1',
  inputs: [
    { name: 'x', type: 'float32', shape: ['batch', 2] },
    { name: 'n', type: 'int64', shape: [1] },
  ],
  outputs: [
    { name: 'y', type: 'float32', shape: ['batch', 2] },
    { name: 'z', type: 'string', shape: ['batch'] },
  ],
};
const X = { name: 'x', shape: [2, 2], datatype: 'FP32', data: [1, 2, 3, 4] };
const N = { name: 'n', shape: [1], datatype: 'INT64', data: [7] };

function decode(request: unknown, model = MODEL): InferRequest {
  return decodeInferRequest(model, { headerLength: null, body: Buffer.from(JSON.stringify(request)) });
}

function one(type: string, datatype: string, data: unknown, shape: unknown = [2]): InferRequest {
  const model: OipModel = {
    name: 'm',
    version: '1',
    inputs: [{ name: 'x', type, shape: ['n'] }],
    outputs: MODEL.outputs,
  };
  return decode({ inputs: [{ name: 'x', shape, datatype, data }] }, model);
}

describe('decodeInferRequest', () => {
  it('reads flat and nested data alike', () => {
    const flat = decode({ id: 'a', inputs: [X, N] });
    const nested = decode({
      inputs: [
        {
          ...X,
          data: [
            [1, 2],
            [3, 4],
          ],
        },
        N,
      ],
    });
    expect(flat.id).toBe('a');
    expect(flat.feeds['x']).toEqual({ type: 'float32', shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) });
    expect(nested.feeds['x']).toEqual(flat.feeds['x']);
    expect(flat.feeds['n']?.data).toEqual(new BigInt64Array([7n]));
    expect(flat.outputs).toEqual([
      { name: 'y', isBinary: false },
      { name: 'z', isBinary: false },
    ]);
  });

  it('reads every datatype', () => {
    expect(one('bool', 'BOOL', [true, 0]).feeds['x']?.data).toEqual(new Uint8Array([1, 0]));
    expect(one('uint8', 'UINT8', [255, 0]).feeds['x']?.data).toEqual(new Uint8Array([255, 0]));
    expect(one('int8', 'INT8', [-128, 127]).feeds['x']?.data).toEqual(new Int8Array([-128, 127]));
    expect(one('uint16', 'UINT16', [65535, 1]).feeds['x']?.data).toEqual(new Uint16Array([65535, 1]));
    expect(one('int32', 'INT32', [-1, 1]).feeds['x']?.data).toEqual(new Int32Array([-1, 1]));
    expect(one('uint64', 'UINT64', [1, 2]).feeds['x']?.data).toEqual(new BigUint64Array([1n, 2n]));
    expect(one('float64', 'FP64', [0.1, 2]).feeds['x']?.data).toEqual(new Float64Array([0.1, 2]));
    expect(one('float16', 'FP16', [1, -2]).feeds['x']?.data).toEqual(new Uint16Array([0x3c00, 0xc000]));
    expect(one('string', 'BYTES', ['a', 'é']).feeds['x']?.data).toEqual(['a', 'é']);
  });

  it('reads binary tensors in the order of the inputs', () => {
    const x = Buffer.from(new Float32Array([1, 2, 3, 4]).buffer);
    const n = Buffer.from(new BigInt64Array([-5n]).buffer);
    const json = Buffer.from(
      JSON.stringify({
        parameters: { binary_data_output: true },
        inputs: [
          { name: 'n', shape: [1], datatype: 'INT64', parameters: { binary_data_size: 8 } },
          { name: 'x', shape: [2, 2], datatype: 'FP32', parameters: { binary_data_size: 16 } },
        ],
        outputs: [{ name: 'z', parameters: { binary_data: false } }, { name: 'y' }],
      }),
    );
    const request = decodeInferRequest(MODEL, { headerLength: json.length, body: Buffer.concat([json, n, x]) });
    expect(request.feeds['x']?.data).toEqual(new Float32Array([1, 2, 3, 4]));
    expect(request.feeds['n']?.data).toEqual(new BigInt64Array([-5n]));
    expect(request.outputs).toEqual([
      { name: 'z', isBinary: false },
      { name: 'y', isBinary: true },
    ]);
  });

  it.each([
    ['no JSON object', [], 'JSON object'],
    ['no inputs', {}, 'inputs'],
    ['a missing input', { inputs: [X] }, '"n" is missing'],
    ['an unknown input', { inputs: [X, N, { ...N, name: 'q' }] }, 'no input "q"'],
    ['an input twice', { inputs: [X, N, X] }, 'twice'],
    ['a wrong datatype', { inputs: [{ ...X, datatype: 'FP64' }, N] }, 'must be of datatype FP32'],
    ['a wrong rank', { inputs: [{ ...X, shape: [4] }, N] }, 'must have shape [-1,2]'],
    ['a wrong fixed dimension', { inputs: [{ ...X, shape: [1, 4] }, N] }, 'must have shape [-1,2]'],
    ['a negative dimension', { inputs: [{ ...X, shape: [-1, 2] }, N] }, 'must have shape'],
    ['a shape with no room for its data', { inputs: [{ ...X, shape: [3, 2] }, N] }, 'asks for 6'],
    ['a shape beyond all memory', { inputs: [{ ...X, shape: [1e12, 2] }, N] }, 'asks for 2000000000000'],
    ['no data', { inputs: [{ ...X, data: undefined }, N] }, 'no data array'],
    ['data that is not numeric', { inputs: [{ ...X, data: [1, 2, 3, 'x'] }, N] }, 'not a number'],
    ['an unknown output', { inputs: [X, N], outputs: [{ name: 'w' }] }, 'no output "w"'],
    ['an id that is no string', { id: 5, inputs: [X, N] }, 'id'],
    ['a name from the prototype', { inputs: [X, N, { ...N, name: '__proto__' }] }, 'no input'],
    [
      'binary data that is not there',
      { inputs: [{ ...X, data: undefined, parameters: { binary_data_size: 16 } }, N] },
      'binary_data_size',
    ],
  ])('refuses %s with 400', (_what, request, reason) => {
    expect(() => decode(request)).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining(reason) as string }),
    );
  });

  it.each([
    ['int8', 'INT8', [128, 0]],
    ['uint8', 'UINT8', [-1, 0]],
    ['int32', 'INT32', [1.5, 0]],
    ['bool', 'BOOL', [2, 0]],
    ['string', 'BYTES', [1, 'a']],
  ])('refuses an element that does not fit %s', (type, datatype, data) => {
    expect(() => one(type, datatype, data)).toThrow(OipError);
  });

  it('refuses bytes that belong to no input, a size that does not fit the shape, and a header longer than the body', () => {
    const json = Buffer.from(JSON.stringify({ inputs: [X, N] }));
    expect(() =>
      decodeInferRequest(MODEL, { headerLength: json.length, body: Buffer.concat([json, Buffer.alloc(3)]) }),
    ).toThrow('3 bytes');
    expect(() => decodeInferRequest(MODEL, { headerLength: json.length + 1, body: json })).toThrow('longer than');
    const short = Buffer.from(
      JSON.stringify({ inputs: [{ ...X, data: undefined, parameters: { binary_data_size: 12 } }, N] }),
    );
    expect(() =>
      decodeInferRequest(MODEL, { headerLength: short.length, body: Buffer.concat([short, Buffer.alloc(12)]) }),
    ).toThrow('binary data of input "x" is wrong');
  });
});

describe('encodeInferResponse', () => {
  const request = (isBinary: boolean): InferRequest => ({
    id: 'q"1',
    feeds: {},
    outputs: [
      { name: 'y', isBinary },
      { name: 'z', isBinary },
    ],
  });
  const results = {
    y: { type: 'float32', shape: [1, 2], data: new Float32Array([0.5, Number.NaN]) },
    z: { type: 'string', shape: [1], data: ['né'] },
  } as const;

  it('writes JSON with null for what JSON cannot hold', () => {
    const { headerLength, body } = encodeInferResponse(MODEL, request(false), {
      ...results,
      z: { ...results.z, data: ['né'] },
    });
    expect(headerLength).toBeNull();
    expect(JSON.parse(body.toString())).toEqual({
      id: 'q"1',
      model_name: 'm',
      model_version: '1',
      outputs: [
        { name: 'y', shape: [1, 2], datatype: 'FP32', data: [0.5, null] },
        { name: 'z', shape: [1], datatype: 'BYTES', data: ['né'] },
      ],
    });
  });

  it('puts binary tensors after the JSON in the order of the outputs', () => {
    const { headerLength, body } = encodeInferResponse(MODEL, request(true), {
      ...results,
      z: { ...results.z, data: ['né'] },
    });
    const json = JSON.parse(body.toString('utf8', 0, headerLength ?? 0)) as { outputs: { parameters: unknown }[] };
    expect(json.outputs.map((output) => output.parameters)).toEqual([{ binary_data_size: 8 }, { binary_data_size: 7 }]);
    const bytes = body.subarray(headerLength ?? 0);
    expect(bytes.readFloatLE(0)).toBe(0.5);
    expect(bytes.readUInt32LE(8)).toBe(3);
    expect(bytes.toString('utf8', 12)).toBe('né');
  });
});
