// The JSON Schema of the result file: complete, described, and true of a real file; the README names every group of fields.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchFileSchema } from '../../../electron/backend/bench/files/bench-schema.ts';
import { exportResults } from '../../../electron/backend/bench/files/export-results.ts';
import { fileResultSchema, resultFileSchema } from '../../../electron/backend/bench/files/result-schema.ts';
import { FIELD_DESCRIPTIONS } from '../../../electron/backend/bench/files/schema-descriptions.ts';
import { BENCH_OPTIONS, makeBenchResult, makeBenchRun, makeExportSource } from '../../helpers/bench-result.ts';

describe('the schema of the result file', () => {
  it('describes every field, and no other', () => {
    const fields = fieldsOf(benchFileSchema());
    expect(fields.filter(({ description }) => description === undefined)).toEqual([]);
    expect([...new Set(fields.map(({ place }) => place))].sort()).toEqual(Object.keys(FIELD_DESCRIPTIONS).sort());
    expect(benchFileSchema()).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      properties: {
        results: { items: { properties: { samplesMs: { description: expect.stringContaining('raw samples') } } } },
      },
    });
  });

  it('holds for a file that was written, and not for one that was bent', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lineside-files-'));
    try {
      const result = makeBenchResult();
      const error = { code: 'BENCH_CRASHED', message: 'It crashed.', details: { signal: 'SIGSEGV' }, retryable: false };
      const run = makeBenchRun([result], [{ options: BENCH_OPTIONS, error }]);
      const { path } = await exportResults(await makeExportSource(dir, [result], { run }), 'json', join(dir, 'a.json'));
      const content: unknown = JSON.parse(await readFile(path, 'utf8'));
      const schema = benchFileSchema() as JsonSchema;
      expect(faults(schema, content)).toEqual([]);
      expect(faults(schema, { ...(content as object), added: 1 })).toEqual([]);
      expect(faults(schema, { ...(content as object), rows: 3, schema: 'x' })).toEqual([
        '$.schema: const',
        '$.rows: type array',
      ]);
      const results = [{ ...(content as { results: object[] }).results[0], binding: 'other', seed: 1.5 }];
      expect(faults(schema, { ...(content as object), results })).toEqual([
        '$.results[0].binding: enum',
        '$.results[0].seed: type integer',
      ]);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  it('is explained in the README, group by group', async () => {
    const readme = await readFile(new URL('../../../electron/backend/bench/files/README.md', import.meta.url), 'utf8');
    const groups = [...Object.keys(resultFileSchema.shape), ...Object.keys(fileResultSchema.shape)];
    expect(groups.filter((name) => !readme.includes(`\`${name}\``) && !readme.includes(`\`${name}[]\``))).toEqual([]);
  });
});

interface JsonSchema {
  description?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  additionalProperties?: JsonSchema | boolean;
}

/** Every field with its place in the file, as `results[].latencyMs.min`. */
function fieldsOf(schema: JsonSchema, place = ''): { place: string; description: string | undefined }[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = place === '' ? name : `${place}.${name}`;
    return [{ place: at, description: field.description }, ...fieldsOf(field, at)];
  });
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return [
    ...own,
    ...(schema.items ? fieldsOf(schema.items, `${place}[]`) : []),
    ...choices.flatMap((each) => fieldsOf(each, place)),
  ];
}

/** A small validator of its own for the keywords that the schema uses. */
function faults(schema: JsonSchema, value: unknown, at = '$'): string[] {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    const all = choices.map((choice) => faults(choice, value, at));
    return all.find((each) => each.length === 0) ?? all.sort((a, b) => a.length - b.length)[0] ?? [];
  }
  if ('const' in schema && value !== schema.const) return [`${at}: const`];
  if (schema.enum && !schema.enum.includes(value)) return [`${at}: enum`];
  const types = [schema.type ?? []].flat();
  if (types.length > 0 && !types.some((type) => isOfType(type, value))) return [`${at}: type ${types.join()}`];
  if (Array.isArray(value))
    return schema.items ? value.flatMap((each, index) => faults(schema.items ?? {}, each, `${at}[${index}]`)) : [];
  if (typeof value !== 'object' || value === null) return [];
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${at}.${name}: missing`);
  const wrong = Object.entries(value).flatMap(([name, each]) => {
    const field = schema.properties?.[name] ?? schema.additionalProperties;
    return typeof field === 'object' ? faults(field, each, `${at}.${name}`) : [];
  });
  return [...missing, ...wrong];
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
