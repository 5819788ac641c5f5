// The handful of icons of the console: 16 px, stroked in the text colour, hidden from assistive technology.
import type { ReactNode } from 'react';

export type IconName = keyof typeof SHAPES;

const SHAPES = {
  home: <path d="M2.5 7.2 8 2.8l5.5 4.4v6H9.8V9.6H6.2v3.6H2.5z" />,
  fleet: (
    <>
      <rect x="2.2" y="2.8" width="11.6" height="4.2" rx="1" />
      <rect x="2.2" y="9" width="11.6" height="4.2" rx="1" />
      <path d="M4.6 4.9h.01M4.6 11.1h.01" strokeWidth="1.9" />
    </>
  ),
  model: <path d="M8 1.9 13.4 5v6L8 14.1 2.6 11V5zM2.6 5 8 8.1 13.4 5M8 8.1v6" />,
  gauge: <path d="M2.3 12.4a6.3 6.3 0 1 1 11.4 0M8 10.2l3-4.2M8 10.2h.01" />,
  compare: <path d="M5.2 2.6v10.8M10.8 2.6v10.8M2.6 5.2h5.2M8.2 10.8h5.2" />,
  flame: <path d="M2.4 12.8h11.2M2.4 9.6h7.4M4.6 6.4h5.2M4.6 3.2h2.6" strokeWidth="1.9" />,
  graph: (
    <>
      <path d="M6 2.4h4v3.2H6zM2.4 10.4h4v3.2h-4zM9.6 10.4h4v3.2h-4z" />
      <path d="M8 5.6v2.2M4.4 10.4V7.8h7.2v2.6" />
    </>
  ),
  minus: <path d="M3.2 8h9.6" />,
  fit: <path d="M2.6 6V2.6H6M10 2.6h3.4V6M13.4 10v3.4H10M6 13.4H2.6V10" />,
  back: <path d="M10 3.6 5.6 8l4.4 4.4" />,
  target: <path d="M8 2.4v3M8 10.6v3M2.4 8h3M10.6 8h3M8 6.4a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2z" />,
  file: <path d="M3.8 2.2h5.4l3 3v8.6H3.8zM9.2 2.2v3h3M5.8 8.4h4.4M5.8 10.8h4.4" />,
  bundle: <path d="M2.4 5.2 8 2.2l5.6 3v5.9L8 13.9l-5.6-2.8zM2.4 5.2 8 8m5.6-2.8L8 8m0 5.9V8M5.2 3.7l5.6 2.9" />,
  rollout: <path d="M2.4 13.4h11.2M8 2.4v8M4.8 5.6 8 2.4l3.2 3.2" />,
  plus: <path d="M8 3.2v9.6M3.2 8h9.6" />,
  check: <path d="m3.2 8.4 3.2 3.2 6.4-7" />,
  cross: <path d="m4 4 8 8m0-8-8 8" />,
  search: <path d="M7 2.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8zm3.2 7.6 3.4 3.4" />,
  pause: <path d="M5.4 3.4v9.2M10.6 3.4v9.2" strokeWidth="1.9" />,
  play: <path d="M4.8 3.2v9.6L12.6 8z" />,
  sun: (
    <path d="M8 5.4a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2zM8 1.6v1.5m0 9.8v1.5M1.6 8h1.5m9.8 0h1.5M3.5 3.5l1 1m7 7 1 1m0-9-1 1m-7 7-1 1" />
  ),
  moon: <path d="M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z" />,
  screen: <path d="M2 3.2h12v7.6H2zM5.6 13.2h4.8M8 10.8v2.4" />,
  globe: <path d="M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM2 8h12M8 2c-4 4-4 8 0 12 4-4 4-8 0-12z" />,
  copy: <path d="M5.6 5.6h7.6v7.6H5.6zM10.4 5.6V2.8H2.8v7.6h2.8" />,
  warning: <path d="M8 2.6 14.2 13H1.8zM8 6.6v3m0 1.8h.01" />,
  chevron: <path d="m6 3.6 4.4 4.4L6 12.4" />,
  up: <path d="m4 9.6 4-4 4 4" />,
  down: <path d="m4 6.4 4 4 4-4" />,
  key: <path d="M10.4 2.6a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8.2 7.8l-5.6 5.6m2-2 1.6 1.6" />,
  menu: <path d="M8 3.4h.01M8 8h.01M8 12.6h.01" strokeWidth="2.2" />,
} as const satisfies Record<string, ReactNode>;

export function Icon(props: { name: IconName; size?: number }) {
  const { name, size = 16 } = props;
  return (
    <svg
      aria-hidden="true"
      focusable="false"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {SHAPES[name]}
    </svg>
  );
}

/** The mark of the product: a line and the box beside it. */
export function Mark(props: { size?: number }) {
  const { size = 18 } = props;
  return (
    <svg aria-hidden="true" focusable="false" width={size} height={size} viewBox="0 0 18 18">
      <rect x="1" y="2" width="2.6" height="14" rx="1.3" fill="var(--accent)" />
      <rect x="6.4" y="2" width="10.6" height="6" rx="1.6" fill="var(--accent)" opacity="0.55" />
      <rect x="6.4" y="10" width="10.6" height="6" rx="1.6" fill="var(--accent)" />
    </svg>
  );
}
