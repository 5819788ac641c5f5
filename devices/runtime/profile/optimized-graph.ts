// The nodes of the graph that ONNX Runtime saved, read from the protobuf wire format alone: a device has no protobuf library.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface OptimizedNode {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const WINDOW_BYTES = 64 * 1024;
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
/** Fields of onnx.proto. */
const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const NODE = { input: 1, output: 2, name: 3, opType: 4, domain: 7 } as const;

/**
 * Nodes of the main graph in the file's order. Weights are stepped over, so a file of any size takes the memory of its nodes.
 * Blocks while it reads.
 * @throws Error when the file is not what ONNX Runtime writes
 */
export function readOptimizedNodes(path: string): OptimizedNode[] {
  const file = openSync(path, 'r');
  try {
    const source = createWindow(file, fstatSync(file).size);
    const nodes: OptimizedNode[] = [];
    for (const field of fields(source, 0, source.sizeBytes)) {
      if (field.number !== MODEL_GRAPH || field.wireType !== BYTES) continue;
      for (const part of fields(source, field.start, field.end))
        if (part.number === GRAPH_NODE && part.wireType === BYTES) nodes.push(readNode(source, part));
    }
    return nodes;
  } finally {
    closeSync(file);
  }
}

interface Window {
  readonly sizeBytes: number;
  byteAt(offset: number): number;
  textAt(start: number, end: number): string;
}

function createWindow(file: number, sizeBytes: number): Window {
  const buffer = Buffer.alloc(WINDOW_BYTES);
  let start = 0;
  let length = 0;
  const load = (offset: number): void => {
    start = offset;
    length = readSync(file, buffer, 0, WINDOW_BYTES, offset);
    if (length === 0) throw damaged();
  };
  return {
    sizeBytes,
    byteAt: (offset) => {
      if (offset < start || offset >= start + length) load(offset);
      return buffer[offset - start] ?? 0;
    },
    textAt: (from, to) => {
      if (to - from > WINDOW_BYTES) throw damaged();
      if (from < start || to > start + length) load(from);
      if (to > start + length) throw damaged();
      return buffer.toString('utf8', from - start, to - start);
    },
  };
}

interface Field {
  readonly number: number;
  readonly wireType: number;
  readonly start: number;
  readonly end: number;
}

function* fields(source: Window, from: number, to: number): Generator<Field> {
  let at = from;
  while (at < to) {
    const tag = readVarint(source, at);
    const wireType = tag.value % 8;
    const { start, end } = extentOf(source, wireType, tag.next);
    if (end > to) throw damaged();
    yield { number: Math.floor(tag.value / 8), wireType, start, end };
    at = end;
  }
}

function extentOf(source: Window, wireType: number, at: number): { start: number; end: number } {
  if (wireType === VARINT) return { start: at, end: readVarint(source, at).next };
  if (wireType === FIXED64) return { start: at, end: at + 8 };
  if (wireType === FIXED32) return { start: at, end: at + 4 };
  if (wireType !== BYTES) throw damaged();
  const length = readVarint(source, at);
  return { start: length.next, end: length.next + length.value };
}

function readVarint(source: Window, at: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    const byte = source.byteAt(at + i);
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) return { value, next: at + i + 1 };
  }
  throw damaged();
}

function readNode(source: Window, { start, end }: Field): OptimizedNode {
  const node = { name: '', opType: '', domain: '' };
  const inputs: string[] = [];
  const outputs: string[] = [];
  for (const field of fields(source, start, end)) {
    if (field.wireType !== BYTES) continue;
    const text = (): string => source.textAt(field.start, field.end);
    if (field.number === NODE.input) inputs.push(text());
    else if (field.number === NODE.output) outputs.push(text());
    else if (field.number === NODE.name) node.name = text();
    else if (field.number === NODE.opType) node.opType = text();
    else if (field.number === NODE.domain) node.domain = text();
  }
  return { ...node, inputs, outputs };
}

function damaged(): Error {
  return new Error('the optimized model that the runtime wrote is not in protobuf format');
}
