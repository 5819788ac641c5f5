/** Numbers as people read them. */
import { describe, expect, it } from 'vitest';
import { createFormat, NO_VALUE } from '../../../renderer/lib/format.ts';

const en = createFormat('en');
const zh = createFormat('zh-CN');

describe('createFormat', () => {
  it('keeps three significant figures in latencies and changes the unit at both ends', () => {
    expect(en.ms(2.374)).toBe('2.37 ms');
    expect(en.ms(61.84)).toBe('61.8 ms');
    expect(en.ms(412.6)).toBe('413 ms');
    expect(en.ms(0.0412)).toBe('41.2 µs');
    expect(en.ms(12_400)).toBe('12.4 s');
    expect(en.ms(0.945)).toBe('0.945 ms');
    expect(en.ms(0)).toBe('0 ms');
  });

  it('writes sizes in binary units and steps up before four digits', () => {
    expect(en.bytes(918)).toBe('918 B');
    expect(en.bytes(1000)).toBe('0.977 KiB');
    expect(en.bytes(1_412_338)).toBe('1.35 MiB');
    expect(en.bytes(8e9)).toBe('7.45 GiB');
    expect(en.bytesAxis(2 ** 20)).toBe('1 MiB');
  });

  it('writes a dash for what is not there, never a zero', () => {
    for (const write of [en.ms, en.bytes, en.percent, en.perS, en.integer, en.celsius, en.duration]) {
      expect(write(null)).toBe(NO_VALUE);
      expect(write(undefined)).toBe(NO_VALUE);
      expect(write(Number.NaN)).toBe(NO_VALUE);
    }
  });

  it('writes shares without decimals', () => {
    expect(en.percent(0.349)).toBe('35 %');
    expect(en.percent(1)).toBe('100 %');
  });

  it('says ages and spans in the language of the page', () => {
    expect(en.age(1000)).toBe('now');
    expect(en.age(42_000)).toBe('42 s');
    expect(en.age(240_000)).toBe('4 min');
    expect(en.age(3 * 86_400_000)).toBe('3 d');
    expect(zh.age(42_000)).toBe('42 秒');
    expect(en.duration(850)).toBe('850 ms');
    expect(en.duration(7600)).toBe('7.6 s');
    expect(en.duration(36_000)).toBe('36 s');
    expect(en.duration(200_000)).toBe('3 min 20 s');
    expect(zh.duration(200_000)).toBe('3 分 20 秒');
  });

  it('shows small errors with an exponent', () => {
    expect(en.small(0.0000021)).toBe('2.10e-6');
    expect(en.small(3.2714)).toBe('3.271');
    expect(en.small(0)).toBe('0');
  });
});
