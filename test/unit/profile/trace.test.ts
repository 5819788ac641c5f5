import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createKernelTimes } from '../../../devices/runtime/profile/kernel-times.ts';
import type { OptimizedNode } from '../../../devices/runtime/profile/optimized-graph.ts';
import { readTrace } from '../../../devices/runtime/profile/trace-file.ts';
import type { RawProfile } from '../../../devices/runtime/runner/runner-protocol.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A trace as the runtime writes it: one event a line, whole microseconds. */
async function profileOf(events: readonly object[], nodes: readonly OptimizedNode[] = []): Promise<RawProfile> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-trace-'));
  folders.push(folder);
  const path = join(folder, 'trace.json');
  writeFileSync(path, `[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]\n`);
  const times = createKernelTimes();
  for await (const call of readTrace(path)) times.add(call);
  return times.finish(nodes);
}

function ran(name: string, opType: string, ts: number, dur: number, nodeIndex = 0): object {
  const args = {
    ...{ op_name: opType, provider: 'CPUExecutionProvider', node_index: String(nodeIndex) },
    ...{ input_type_shape: [{ float: [1, 4] }, { int64: [] }], output_type_shape: [{ double: [1] }] },
    ...{ activation_size: '16', output_size: '8', parameter_size: '4' },
  };
  return { cat: 'Node', ts, dur, ph: 'X', name: `${name}_kernel_time`, args };
}

function call(ts: number, dur: number): object {
  return { cat: 'Session', ts, dur, ph: 'X', name: 'model_run', args: {} };
}

const optimized = (name: string, opType: string, output: string): OptimizedNode => ({
  ...{ name, opType, domain: '', inputs: ['x'], outputs: [output] },
});

describe('a trace', () => {
  it('is added up by node over its calls, with a call of median length in full', async () => {
    const profile = await profileOf([
      { cat: 'Session', ts: 1, dur: 9, ph: 'X', name: 'session_initialization', args: {} },
      ...[ran('a', 'Relu', 100, 10), ran('b', 'Add', 115, 20), call(95, 50)],
      ...[ran('a', 'Relu', 200, 30), ran('b', 'Add', 235, 20), call(195, 70)],
      ...[ran('a', 'Relu', 300, 20), ran('b', 'Add', 325, 20), call(295, 60)],
    ]);
    expect(profile).toMatchObject({ calls: 3, profiledMs: 0.06 });
    expect(profile.kernels.map(({ name, meanMs }) => [name, Math.round(meanMs * 1e6)])).toEqual([
      ['a', 20_000],
      ['b', 20_000],
    ]);
    expect(profile.kernels[0]).toMatchObject({
      inputShapes: ['float32[1,4]', 'int64[]'],
      outputShapes: ['float64[1]'],
      activationBytes: 24,
      parameterBytes: 4,
      parent: null,
    });
    expect(profile.timeline.map(({ kernel, startMs }) => [kernel, Math.round(startMs * 1000)])).toEqual([
      [0, 5],
      [1, 30],
    ]);
  });

  it('counts what runs inside a control-flow node once, and there', async () => {
    const { kernels } = await profileOf([
      ran('before', 'Relu', 100, 0),
      ran('conv', 'Conv', 110, 30),
      ran('deep', 'Add', 142, 5),
      ran('inner', 'If', 141, 8),
      ran('outer', 'If', 100, 60),
      call(99, 70),
    ]);
    const shown = kernels.map(({ name, meanMs, parent }) => [name, Math.round(meanMs * 1000), parent]);
    // Times are whole microseconds, so a node may seem to begin with the one that follows it.
    expect(shown).toContainEqual(['conv', 30, kernels.findIndex(({ name }) => name === 'outer')]);
    expect(shown).toContainEqual(['deep', 5, kernels.findIndex(({ name }) => name === 'inner')]);
    expect(shown).toContainEqual(['inner', 3, kernels.findIndex(({ name }) => name === 'outer')]);
    expect(shown).toContainEqual(['outer', 22, null]);
  });

  it('finds the nodes of the saved graph in the order in which they run, or were added', async () => {
    const events = [ran('Relu_7', 'Relu', 100, 1, 7), ran('Add_3', 'Add', 102, 1, 3), call(99, 9)];
    const tensors = ({ kernels }: RawProfile): string[] => kernels.flatMap(({ outputs }) => outputs);
    expect(tensors(await profileOf(events, [optimized('', 'Relu', 'r'), optimized('', 'Add', 'a')]))).toEqual([
      'r',
      'a',
    ]);
    expect(tensors(await profileOf(events, [optimized('', 'Add', 'a'), optimized('', 'Relu', 'r')]))).toEqual([
      'r',
      'a',
    ]);
    // Neither: only names are left.
    const others = [optimized('Add_3', 'Add', 'a'), optimized('', 'Mul', 'm')];
    expect(tensors(await profileOf(events, others))).toEqual(['a']);
  });
});
