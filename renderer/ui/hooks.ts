// The hooks of the component library that pages use, so that only this folder imports it.
export { useDebouncedValue, useHotkeys } from '@mantine/hooks';
