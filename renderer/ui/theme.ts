// The Mantine theme: our tokens under its names, compact sizes, no shadows in the page.
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const line: MantineColorsTuple = [
  '#e8f0fc',
  '#d3e2f9',
  '#a9c7f3',
  '#7fb1f7',
  '#4d90f0',
  '#2c70de',
  '#1a5fd0',
  '#1757c2',
  '#154ead',
  '#123f8c',
];

/** The greys of the dark scheme, which the library's inputs and lists take by number. */
const dark: MantineColorsTuple = [
  '#e6ebf0',
  '#aab5c0',
  '#8f9ba8',
  '#5b6774',
  '#37424e',
  '#2a333d',
  '#1b2129',
  '#151a20',
  '#10141a',
  '#0b0f13',
];

export const theme = createTheme({
  colors: { line, dark },
  primaryColor: 'line',
  primaryShade: { light: 6, dark: 6 },
  fontFamily: 'var(--font-sans)',
  fontFamilyMonospace: 'var(--font-mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '19px' },
  lineHeights: { xs: '1.35', sm: '1.45', md: '1.45', lg: '1.4', xl: '1.3' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '20px', xl: '24px' },
  radius: { xs: '2px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
});

/** Points Mantine's own variables at the tokens, for both schemes. */
export const cssVariablesResolver: CSSVariablesResolver = () => {
  const scheme = {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--text)',
    '--mantine-color-dimmed': 'var(--text-2)',
    '--mantine-color-placeholder': 'var(--text-3)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-hover': 'var(--hover)',
    '--mantine-color-default-color': 'var(--text)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-anchor': 'var(--accent-text)',
    '--mantine-color-error': 'var(--bad)',
  };
  return { variables: {}, light: scheme, dark: scheme };
};
