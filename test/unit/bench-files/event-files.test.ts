// Event files for TensorBoard, taken apart by a reader of their own that checks every checksum.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32c } from '../../../electron/backend/bench/files/crc32c.ts';
import { exportResults } from '../../../electron/backend/bench/files/export-results.ts';
import { BENCH_OPTIONS, makeBenchResult, makeExportSource, makeSamples } from '../../helpers/bench-result.ts';

describe('event files', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lineside-files-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('computes CRC-32C as RFC 3720 shows it', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  });

  it('holds each configuration as a run with its scalars, its course and its distribution', async () => {
    const first = makeBenchResult();
    const second = makeBenchResult({
      options: { ...BENCH_OPTIONS, batch: 8 },
      machine: { kind: 'device', name: 'box/1' },
    });
    const again = makeBenchResult();
    const target = join(dir, 'logs');
    const { sizeBytes } = await exportResults(
      await makeExportSource(dir, [first, second, again]),
      'tensorboard',
      target,
    );
    // Writing once more replaces the same files.
    await exportResults(await makeExportSource(dir, [first]), 'tensorboard', target);
    const folders = (await readdir(target)).sort();
    expect(folders).toEqual([
      'digits-1_box-1_cpu_t1_b8_all_single-stream',
      'digits-1_workbench_cpu_t1_b1_all_single-stream',
      `digits-1_workbench_cpu_t1_b1_all_single-stream_${again.id.slice(0, 8)}`,
    ]);
    let total = 0;
    for (const folder of folders) {
      const files = await readdir(join(target, folder));
      expect(files).toEqual([expect.stringMatching(/^events\.out\.tfevents\.\d+\.lineside\.[0-9a-f-]+$/)]);
      total += (await readFile(join(target, folder, files[0] ?? ''))).length;
    }
    expect(sizeBytes).toBe(total);

    const [file = ''] = await readdir(join(target, folders[1] ?? ''));
    const events = readEvents(await readFile(join(target, folders[1] ?? '', file)));
    expect(events[0]).toMatchObject({ version: 'brain.Event:2', wallTimeS: first.startedAtMs / 1000 });
    const scalar = (tag: string) => events.filter((event) => event.tag === tag).map(({ value }) => value);
    expect(scalar('latency/p99_ms')).toEqual([Math.fround(3.21)]);
    expect(scalar('latency/p99.9_ms')).toEqual([]);
    expect(scalar('throughput/items_per_s')).toEqual([Math.fround(393.7)]);
    const course = events.filter((event) => event.tag === 'over_time/p50_ms');
    expect(course.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(course[3]?.wallTimeS).toBeCloseTo(first.startedAtMs / 1000 + 3, 6);
    const samples = makeSamples(4000);
    const histogram = events.find((event) => event.tag === 'latency/distribution_ms')?.histogram;
    expect(histogram).toMatchObject({ min: Math.min(...samples), max: Math.max(...samples), count: 4000 });
    expect(histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(4000);
    expect(histogram?.limits.every((limit, index, all) => index === 0 || limit > (all[index - 1] ?? 0))).toBe(true);
    expect(histogram?.limits.at(-1)).toBeGreaterThanOrEqual(Math.max(...samples));
  });
});

interface ReadEvent {
  version?: string;
  wallTimeS?: number;
  step: number;
  tag?: string;
  value?: number;
  histogram?: { min: number; max: number; count: number; limits: number[]; counts: number[] };
}

function readEvents(file: Buffer): ReadEvent[] {
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    expect(file.readUInt32LE(at + 8)).toBe(masked(file.subarray(at, at + 8)));
    const bytes = file.subarray(at + 12, at + 12 + length);
    expect(file.readUInt32LE(at + 12 + length)).toBe(masked(bytes));
    events.push(readEvent(bytes));
    at += 16 + length;
  }
  return events;
}

/** Bit by bit, unlike the table of the writer. */
function masked(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  const value = BigInt((crc ^ 0xffffffff) >>> 0);
  return Number((((value >> 15n) | (value << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

type Field = number | Buffer;

function fieldsOf(bytes: Buffer): Map<number, Field> {
  const fields = new Map<number, Field>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes.readUInt8(at++);
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const wire = key & 7;
    if (wire === 0) fields.set(key >> 3, varint());
    else {
      const length = wire === 1 ? 8 : wire === 5 ? 4 : varint();
      const content = bytes.subarray(at, at + length);
      at += length;
      fields.set(key >> 3, wire === 1 ? content.readDoubleLE() : wire === 5 ? content.readFloatLE() : content);
    }
  }
  return fields;
}

function readEvent(bytes: Buffer): ReadEvent {
  const fields = fieldsOf(bytes);
  const event: ReadEvent = { step: Number(fields.get(2) ?? 0), wallTimeS: Number(fields.get(1)) };
  const version = fields.get(3);
  if (version instanceof Buffer) event.version = version.toString();
  const summary = fields.get(5);
  if (!(summary instanceof Buffer)) return event;
  const value = fieldsOf(fieldsOf(summary).get(1) as Buffer);
  event.tag = (value.get(1) as Buffer).toString();
  const scalar = value.get(2);
  if (typeof scalar === 'number') event.value = scalar;
  const histo = value.get(5);
  if (histo instanceof Buffer) {
    const parts = fieldsOf(histo);
    event.histogram = {
      min: Number(parts.get(1)),
      max: Number(parts.get(2)),
      count: Number(parts.get(3)),
      limits: doubles(parts.get(6) as Buffer),
      counts: doubles(parts.get(7) as Buffer),
    };
  }
  return event;
}

function doubles(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 8 }, (_, index) => bytes.readDoubleLE(index * 8));
}
