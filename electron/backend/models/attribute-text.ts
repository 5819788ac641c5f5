// The attributes of a node in short text, for people who look at a graph.
import { TENSOR_TYPES } from '../../../shared/domain/tensor-type.ts';
import { type AttributeProto, AttributeProto_AttributeType as Type } from './vendor/onnx_pb.ts';

const MAX_ITEMS = 8;
const MAX_LENGTH = 60;

/** As `3, 3`, `SAME_UPPER`, `float32[64, 3]`, `2 graphs`; cut after 60 characters. */
export function attributeText(attribute: AttributeProto): string {
  const text = fullText(attribute);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

function fullText(attribute: AttributeProto): string {
  switch (attribute.type) {
    case Type.FLOAT:
      return numberText(attribute.f);
    case Type.INT:
      return String(attribute.i);
    case Type.STRING:
      return decoder.decode(attribute.s);
    case Type.FLOATS:
      return list(attribute.floats.map(numberText));
    case Type.INTS:
      return list(attribute.ints.map(String));
    case Type.STRINGS:
      return list(attribute.strings.map((bytes) => decoder.decode(bytes)));
    case Type.TENSOR:
      return attribute.t ? tensorText(attribute.t.dataType, attribute.t.dims) : '';
    case Type.GRAPH:
      return `graph ${attribute.g?.name ?? ''}`.trim();
    case Type.GRAPHS:
      return `${attribute.graphs.length} graphs`;
    default:
      return '…';
  }
}

const decoder = new TextDecoder();

/** Attributes are 32-bit floats: more digits would only show how those are stored. */
function numberText(value: number): string {
  return String(Number(value.toPrecision(7)));
}

function list(items: readonly string[]): string {
  return items.length > MAX_ITEMS ? `${items.slice(0, MAX_ITEMS).join(', ')}, …` : items.join(', ');
}

function tensorText(dataType: number, dims: readonly bigint[]): string {
  const type = (TENSOR_TYPES as Readonly<Record<number, string>>)[dataType] ?? `type ${dataType}`;
  return `${type}[${dims.join(', ')}]`;
}
