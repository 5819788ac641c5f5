// The tensor element types that Lineside knows, by the name ONNX Runtime's JavaScript API uses and by their ONNX number.

/** ONNX TensorProto.DataType number (onnx.proto, IR version 14) to the name used by ONNX Runtime's JavaScript API. */
export const TENSOR_TYPES = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
  24: 'float8e8m0',
  25: 'uint2',
  26: 'int2',
} as const;

export type TensorType = (typeof TENSOR_TYPES)[keyof typeof TENSOR_TYPES];

/** Open Inference Protocol datatype (KServe V2) of each type that a request can carry. */
export const OIP_DATATYPES = {
  bool: 'BOOL',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float16: 'FP16',
  float32: 'FP32',
  float64: 'FP64',
  string: 'BYTES',
} as const satisfies Partial<Record<TensorType, string>>;

export type TransportableTensorType = keyof typeof OIP_DATATYPES;

/** Bytes per element of the fixed-width types that a request can carry. */
export const ELEMENT_BYTES: Readonly<Record<Exclude<TransportableTensorType, 'string'>, number>> = {
  bool: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  float16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  uint64: 8,
  int64: 8,
  float64: 8,
};
