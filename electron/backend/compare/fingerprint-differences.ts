// What two machines, or one machine at two times, differ in as far as it changes the figures.
import type { MachineFingerprint } from '../../../shared/contract/bench-result.ts';

/** In order of weight, as a sentence names them. */
const NAMES: readonly (readonly [keyof MachineFingerprint, string])[] = [
  ['cpuModel', 'processor'],
  ['cpuFlags', 'instruction sets'],
  ['cores', 'cores'],
  ['caches', 'caches'],
  ['gpu', 'graphics processor'],
  ['architecture', 'architecture'],
  ['memoryBytes', 'memory'],
  ['virtualization', 'virtualization'],
  ['governor', 'frequency governor'],
  ['turbo', 'turbo'],
  ['smt', 'simultaneous multithreading'],
  ['powerMode', 'power mode'],
  ['onBattery', 'power supply'],
  ['onnxruntimeVersion', 'ONNX Runtime'],
  ['nodeVersion', 'Node'],
  ['os', 'operating system'],
  ['kernel', 'kernel'],
  ['libc', 'C library'],
  ['firmware', 'firmware'],
];
const GIB = 2 ** 30;

/** Each as `kernel (6.1.0 then, 6.8.0 now)`; empty when there is none. */
export function fingerprintDifferences(before: MachineFingerprint, now: MachineFingerprint): string[] {
  return NAMES.flatMap(([key, name]) => {
    const [then, today] = [text(key, before[key]), text(key, now[key])];
    return then === today ? [] : [`${name} (${then} then, ${today} now)`];
  });
}

function text(key: keyof MachineFingerprint, value: MachineFingerprint[keyof MachineFingerprint]): string {
  if (value === null) return 'unknown';
  if (key === 'onBattery') return value === true ? 'battery' : 'mains';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  // A kernel may take a little more or less of the same memory.
  if (key === 'memoryBytes') return `${(Number(value) / GIB).toFixed(1)} GiB`;
  if (Array.isArray(value)) return value.join(' ') || 'none';
  return String(value);
}
