// Decodes a model's structure in pieces: 20,000 nodes at once would hold up everything else in this process for a tenth of a second.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type ModelProto, ModelProtoSchema, NodeProtoSchema } from './vendor/onnx_pb.ts';

/** Field numbers of onnx.proto. */
const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
/** What is smaller is decoded in a few milliseconds. */
const PIECE_BYTES = 128 * 1024;

/** As `fromBinary`, with turns of the event loop in between. Throws what that throws for bytes that are no model. */
export async function decodeModel(bytes: Uint8Array): Promise<ModelProto> {
  if (bytes.length <= PIECE_BYTES) return fromBinary(ModelProtoSchema, bytes);
  const { rest, nodes } = withoutNodes(bytes);
  const model = fromBinary(ModelProtoSchema, rest);
  let done = 0;
  for (const node of nodes) {
    if (done > PIECE_BYTES) {
      await nextTurn();
      done = 0;
    }
    model.graph?.node.push(fromBinary(NodeProtoSchema, node));
    done += node.length;
  }
  return model;
}

/** The same model without the nodes of its main graph, and those by themselves. */
function withoutNodes(bytes: Uint8Array): { rest: Uint8Array; nodes: Uint8Array[] } {
  const nodes: Uint8Array[] = [];
  const rest = new BinaryWriter();
  for (const { number, wireType, whole, content } of fieldsOf(bytes)) {
    if (number !== MODEL_GRAPH || wireType !== WireType.LengthDelimited) {
      rest.raw(whole);
      continue;
    }
    const graph = new BinaryWriter();
    for (const part of fieldsOf(content)) {
      if (part.number === GRAPH_NODE && part.wireType === WireType.LengthDelimited) nodes.push(part.content);
      else graph.raw(part.whole);
    }
    rest.tag(number, wireType).bytes(graph.finish());
  }
  return { rest: rest.finish(), nodes };
}

interface Field {
  readonly number: number;
  readonly wireType: WireType;
  /** Tag and all. */
  readonly whole: Uint8Array;
  /** Of a length-delimited field; of others nothing that is used. */
  readonly content: Uint8Array;
}

function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [number, wireType] = reader.tag();
    const content = wireType === WireType.LengthDelimited ? reader.bytes() : reader.skip(wireType, number);
    yield { number, wireType, whole: bytes.subarray(start, reader.pos), content };
  }
}
