// Numbers, sizes, times and rates as people read them: three significant figures, one unit, the same width in every row.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** What stands where there is no value. */
export const NO_VALUE = '–';

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export interface Format {
  readonly locale: string;
  integer(value: number | null | undefined): string;
  /** `decimals` digits after the point. */
  decimal(value: number | null | undefined, decimals: number): string;
  /** 0–1 to a percentage without decimals. */
  percent(share: number | null | undefined): string;
  /** 0–1 to a percentage with the decimals that a small one needs: 0.04 %, 12.5 %. */
  percentFine(share: number | null | undefined): string;
  /** A change as a share, with its sign: +3.2 %, −0.4 %. */
  change(share: number | null | undefined): string;
  bytes(value: number | null | undefined): string;
  bytesPerS(value: number | null | undefined): string;
  /** Three significant figures: µs below a tenth of a millisecond, s from ten seconds. */
  ms(value: number | null | undefined): string;
  /** A difference of times with its sign. */
  msChange(value: number): string;
  /** A whole or given number of milliseconds, as it was entered. */
  msExact(value: number | null | undefined): string;
  /** Labels of an axis: no digits that a round number does not need. */
  msAxis(value: number): string;
  sAxis(value: number): string;
  bytesAxis(value: number): string;
  /** Errors and tolerances: three figures, with an exponent when small. */
  small(value: number | null | undefined): string;
  perS(value: number | null | undefined): string;
  celsius(value: number | null | undefined): string;
  /** Processor clock from MHz. */
  clock(mhz: number | null | undefined): string;
  watts(value: number | null | undefined): string;
  /** Since a start, for axes: 8 s, 2:30, 1:02:00. */
  elapsed(ms: number): string;
  /** Large counts in short form: 2.3 M. */
  compact(value: number | null | undefined): string;
  /** Date and time to the second. */
  dateTime(ms: number): string;
  /** Day and minute, for lists. */
  shortDateTime(ms: number): string;
  time(ms: number): string;
  /** Rough age: now, 12 s, 4 min, 3 h, 2 d. */
  age(ms: number): string;
  /** A rough span, for what lies ahead: 20 s, 4 min, 1 h 10 min. */
  span(ms: number): string;
  /** A span: 850 ms, 4.2 s, 3 min 20 s. */
  duration(ms: number | null | undefined): string;
}

/** Digits after the point that leave three significant figures. */
export function decimalsFor(value: number): number {
  const size = Math.abs(value);
  if (size >= 100 || size === 0) return 0;
  if (size >= 10) return 1;
  return size >= 1 ? 2 : 3;
}

/** One decimal below a hundred per cent, two below a tenth. */
function fineDecimals(percent: number): number {
  const size = Math.abs(percent);
  if (size >= 100 || size === 0) return 0;
  return size >= 0.1 ? 1 : 2;
}

function signOf(value: number, isNothing: boolean): string {
  if (isNothing) return '±';
  return value < 0 ? '−' : '+';
}

export function createFormat(locale: string): Format {
  const digits = new Map<number, Intl.NumberFormat>();
  const number = (value: number, decimals: number): string => {
    const known = digits.get(decimals);
    const formatter =
      known ?? new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    if (!known) digits.set(decimals, formatter);
    return formatter.format(value);
  };
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
  const shortDateTime = new Intl.DateTimeFormat(locale, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' });
  const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 });
  const plain = new Intl.NumberFormat(locale, { maximumSignificantDigits: 4 });
  const isZh = locale.startsWith('zh');
  const unit = (en: string, zh: string) => (isZh ? zh : en);

  const bytes = (value: number): string => {
    let size = value;
    let step = 0;
    while (Math.abs(size) >= 1000 && step < BYTE_UNITS.length - 1) {
      size /= 1024;
      step += 1;
    }
    return `${number(size, step === 0 ? 0 : decimalsFor(size))} ${BYTE_UNITS[step]}`;
  };
  const ms = (value: number): string => {
    const size = Math.abs(value);
    if (size > 0 && size < 0.1) return `${number(value * 1000, decimalsFor(value * 1000))} µs`;
    if (size >= 10_000) return `${number(value / 1000, decimalsFor(value / 1000))} s`;
    return `${number(value, decimalsFor(value))} ms`;
  };
  const duration = (value: number): string => {
    if (value < 1000) return `${number(value, 0)} ms`;
    if (value < 60_000) return `${number(value / 1000, value < 10_000 && value % 1000 !== 0 ? 1 : 0)} s`;
    const minutes = Math.floor(value / 60_000);
    if (minutes < 60)
      return `${minutes} ${unit('min', '分')} ${Math.round((value % 60_000) / 1000)} ${unit('s', '秒')}`;
    return `${Math.floor(minutes / 60)} ${unit('h', '小时')} ${minutes % 60} ${unit('min', '分')}`;
  };
  const elapsed = (value: number): string => {
    if (value < 60_000) return `${plain.format(Math.round(value) / 1000)} s`;
    const seconds = Math.round(value / 1000);
    const two = (part: number) => String(part).padStart(2, '0');
    const minutes = Math.floor(seconds / 60);
    const clock = `${two(minutes % 60)}:${two(seconds % 60)}`;
    return minutes < 60 ? clock : `${Math.floor(minutes / 60)}:${clock}`;
  };
  const span = (value: number): string => {
    const seconds = Math.max(1, Math.round(value / 1000));
    if (seconds < 90) return `${seconds} ${unit('s', '秒')}`;
    const minutes = Math.round(seconds / 60);
    if (minutes < 90) return `${minutes} ${unit('min', '分钟')}`;
    return `${Math.floor(minutes / 60)} ${unit('h', '小时')} ${minutes % 60} ${unit('min', '分')}`;
  };
  const age = (value: number): string => {
    const seconds = Math.max(0, Math.round(value / 1000));
    if (seconds < 3) return unit('now', '刚刚');
    if (seconds < 90) return `${seconds} ${unit('s', '秒')}`;
    if (seconds < 5400) return `${Math.round(seconds / 60)} ${unit('min', '分钟')}`;
    if (seconds < 129_600) return `${Math.round(seconds / 3600)} ${unit('h', '小时')}`;
    return `${Math.round(seconds / 86_400)} ${unit('d', '天')}`;
  };
  const orNone =
    (write: (value: number) => string) =>
    (value: number | null | undefined): string =>
      value === null || value === undefined || !Number.isFinite(value) ? NO_VALUE : write(value);

  return {
    locale,
    integer: orNone((value) => number(value, 0)),
    decimal: (value, decimals) => orNone((given) => number(given, decimals))(value),
    percent: orNone((share) => `${number(share * 100, 0)} %`),
    percentFine: orNone((share) => `${number(share * 100, fineDecimals(share * 100))} %`),
    change: orNone((share) => {
      const decimals = fineDecimals(share * 100);
      const size = Math.abs(share * 100);
      return `${signOf(share, size < 0.5 * 10 ** -decimals)}${number(size, decimals)} %`;
    }),
    bytes: orNone(bytes),
    bytesPerS: orNone((value) => `${bytes(value)}/s`),
    ms: orNone(ms),
    msChange: (value) => `${signOf(value, Math.abs(value) < 0.0005)}${ms(Math.abs(value))}`,
    msExact: orNone((value) => `${plain.format(value)} ms`),
    msAxis: (value) => (value >= 1000 ? `${plain.format(value / 1000)} s` : `${plain.format(value)} ms`),
    sAxis: (value) => `${plain.format(value)} s`,
    bytesAxis: (value) => bytes(value).replace(/\.0+ /, ' '),
    small: orNone((value) => (value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(2) : plain.format(value))),
    perS: orNone((value) => `${number(value, decimalsFor(value))} /s`),
    clock: orNone((mhz) => (mhz >= 1000 ? `${number(mhz / 1000, 2)} GHz` : `${number(mhz, 0)} MHz`)),
    watts: orNone((value) => `${number(value, value < 10 ? 1 : 0)} W`),
    elapsed,
    celsius: orNone((value) => `${number(value, 0)} °C`),
    compact: orNone((value) => compact.format(value)),
    dateTime: (value) => dateTime.format(value),
    shortDateTime: (value) => shortDateTime.format(value),
    time: (value) => time.format(value),
    age,
    span,
    duration: orNone(duration),
  };
}

/** The formats of the language in use. */
export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(() => createFormat(i18n.language), [i18n.language]);
}
