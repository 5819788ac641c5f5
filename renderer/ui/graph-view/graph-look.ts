// Colours of a drawn graph from the tokens of the scheme, and the ramp of heat from cool to hot.
import { readToken } from '../scheme.ts';

export const HEAT_STEPS = 16;

export interface GraphLook {
  readonly ground: string;
  readonly node: string;
  readonly border: string;
  readonly text: string;
  readonly dim: string;
  readonly edge: string;
  readonly accent: string;
  readonly font: string;
  /** Fill and text by step of heat. */
  readonly heat: ReadonlyArray<{ readonly fill: string; readonly text: string }>;
}

type Rgb = readonly [number, number, number];

function parseHex(text: string): Rgb {
  const value = Number.parseInt(text.replace('#', ''), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const at = (index: 0 | 1 | 2) => Math.round(a[index] + (b[index] - a[index]) * share);
  return [at(0), at(1), at(2)];
}

/** Relative luminance as in WCAG 2. */
function luminance(color: Rgb): number {
  const [r, g, b] = color.map((part) => {
    const share = part / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const MIDDLE_LUMINANCE = 0.18;

/** @param share 0–1 */
function heatRgb(share: number): Rgb {
  return mix(parseHex(readToken('--heat-low')), parseHex(readToken('--heat-high')), Math.min(1, Math.max(0, share)));
}

/** The step of a share of the hottest; a square root, so that middling ones can be told apart. */
export function heatStep(ms: number, hottestMs: number): number {
  if (ms <= 0 || hottestMs <= 0) return 0;
  return Math.round(Math.sqrt(Math.min(1, ms / hottestMs)) * (HEAT_STEPS - 1));
}

export function readLook(): GraphLook {
  const family = getComputedStyle(document.body).fontFamily;
  return {
    ground: readToken('--surface'),
    node: readToken('--node'),
    border: readToken('--line-strong'),
    text: readToken('--text'),
    dim: readToken('--text-2'),
    edge: readToken('--edge'),
    accent: readToken('--accent'),
    font: family,
    heat: Array.from({ length: HEAT_STEPS }, (_one, step) => {
      const color = heatRgb(step / (HEAT_STEPS - 1));
      return {
        fill: `rgb(${color.join(' ')})`,
        text: luminance(color) > MIDDLE_LUMINANCE ? '#17202a' : '#f4f6f8',
      };
    }),
  };
}
