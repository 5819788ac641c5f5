// Facts about the processor from sysfs: instruction sets, caches, governor, turbo, simultaneous threads.
import { listNames, readText } from '../../sensors/sysfs.ts';

/** Instruction sets that the runtime has kernels for, by their names in /proc/cpuinfo (x86 and ARM). */
const TELLING_FLAGS: ReadonlySet<string> = new Set(
  (
    'sse4_1 sse4_2 avx f16c fma avx2 avx_vnni avx512f avx512bw avx512vl avx512_vnni avx512_bf16 avx512_fp16 amx_int8 amx_bf16 ' +
    'asimd asimdhp fphp asimddp i8mm bf16 sve sve2 sme'
  ).split(' '),
);
const CACHE_LETTERS: Readonly<Record<string, string>> = { Data: 'd', Instruction: 'i' };

export function tellingFlags(flags: readonly string[]): string[] {
  return flags.filter((flag) => TELLING_FLAGS.has(flag));
}

/** Those of the first core, as `L1d 32K`, `L2 1024K`. */
export function cachesOf(sysRoot: string): string[] {
  const base = `${sysRoot}/sys/devices/system/cpu/cpu0/cache`;
  return listNames(base, /^index\d+$/).flatMap((index) => {
    const [level, kind, size] = ['level', 'type', 'size'].map((name) => readText(`${base}/${index}/${name}`));
    return level && size ? [`L${level}${CACHE_LETTERS[kind ?? ''] ?? ''} ${size}`] : [];
  });
}

export function governorOf(sysRoot: string): string | null {
  return readText(`${sysRoot}/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor`) || null;
}

/** Whether the clock may rise above the nominal one. */
export function turboOf(sysRoot: string): boolean | null {
  const forbidden = readText(`${sysRoot}/sys/devices/system/cpu/intel_pstate/no_turbo`);
  if (forbidden !== null) return forbidden === '0';
  const boost = readText(`${sysRoot}/sys/devices/system/cpu/cpufreq/boost`);
  return boost === null ? null : boost === '1';
}

/** Whether cores run two threads at a time. */
export function smtOf(sysRoot: string): boolean | null {
  const active = readText(`${sysRoot}/sys/devices/system/cpu/smt/active`);
  return active === null ? null : active === '1';
}
