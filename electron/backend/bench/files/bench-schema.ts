// The JSON Schema (draft 2020-12) of the result file, made from the very schemas that the reader checks with.
import * as z from 'zod/mini';
import { RESULT_FILE_SCHEMA, resultFileSchema } from './result-schema.ts';
import { FIELD_DESCRIPTIONS } from './schema-descriptions.ts';

interface SchemaNode {
  description?: string;
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  anyOf?: SchemaNode[];
  oneOf?: SchemaNode[];
}

export function benchFileSchema(): Record<string, unknown> {
  // As input: fields that a later version adds are no fault. Copied, since the same part may stand at several places.
  const schema = structuredClone(z.toJSONSchema(resultFileSchema, { target: 'draft-2020-12', io: 'input' }));
  describeFields(schema as SchemaNode, '');
  return { title: `${RESULT_FILE_SCHEMA}: benchmark results of Lineside`, ...schema };
}

function describeFields(node: SchemaNode, place: string): void {
  for (const [name, field] of Object.entries(node.properties ?? {})) {
    const at = place === '' ? name : `${place}.${name}`;
    const description = FIELD_DESCRIPTIONS[at];
    if (description !== undefined) field.description = description;
    describeFields(field, at);
  }
  if (node.items) describeFields(node.items, `${place}[]`);
  for (const choice of [...(node.anyOf ?? []), ...(node.oneOf ?? [])]) describeFields(choice, place);
}
