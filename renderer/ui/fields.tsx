// Form fields, all of one height, with label, hint and error in the same places.
import { Checkbox, NumberInput, PasswordInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';

export interface FieldProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  isRequired?: boolean;
  isDisabled?: boolean;
  /** Takes the focus when its dialog opens. */
  autoFocus?: boolean;
  isMono?: boolean;
  /** The label is read out, not shown. */
  isLabelHidden?: boolean;
}

const SIZE = 'xs' as const;

/** What every field hands to the component library. */
export function fieldLook(props: FieldProps) {
  return {
    label: props.isLabelHidden ? undefined : props.label,
    'aria-label': props.isLabelHidden ? props.label : undefined,
    description: props.hint,
    error: props.error,
    required: props.isRequired ?? false,
    disabled: props.isDisabled ?? false,
    size: SIZE,
    'data-autofocus': props.autoFocus || undefined,
    styles: {
      input: {
        fontSize: 13,
        height: 30,
        minHeight: 30,
        ...(props.isMono ? { fontFamily: 'var(--font-mono)', fontSize: 12 } : {}),
      },
      label: { fontSize: 12, fontWeight: 400, marginBottom: 3, color: 'var(--text-2)' },
      description: { fontSize: 12, color: 'var(--text-3)', marginBottom: 4 },
      error: { fontSize: 12 },
    },
    inputWrapperOrder: ['label', 'input', 'error', 'description'] as Array<'label' | 'input' | 'error' | 'description'>,
  };
}

export function TextField(
  props: FieldProps & {
    value: string;
    onChange: (value: string) => void;
    placeholder?: string;
    right?: ReactNode;
    rightWidth?: number;
  },
) {
  return (
    <TextInput
      {...fieldLook(props)}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value)}
      placeholder={props.placeholder}
      rightSection={props.right}
      rightSectionWidth={props.rightWidth}
      spellCheck={false}
      autoComplete="off"
    />
  );
}

export function SecretField(props: FieldProps & { value: string; onChange: (value: string) => void }) {
  return (
    <PasswordInput
      {...fieldLook(props)}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value)}
      autoComplete="off"
    />
  );
}

/** Empty is `null`: the default of the backend. */
export function NumberField(
  props: FieldProps & {
    value: number | null;
    onChange: (value: number | null) => void;
    min?: number;
    max?: number;
    step?: number;
    unit?: string;
    placeholder?: string;
    isFractional?: boolean;
  },
) {
  return (
    <NumberInput
      {...fieldLook(props)}
      value={props.value ?? ''}
      onChange={(value) => props.onChange(typeof value === 'number' ? value : null)}
      {...(props.min === undefined ? {} : { min: props.min })}
      {...(props.max === undefined ? {} : { max: props.max })}
      step={props.step ?? 1}
      allowDecimal={props.isFractional ?? false}
      placeholder={props.placeholder}
      {...(props.unit ? { suffix: ` ${props.unit}` } : {})}
      hideControls
    />
  );
}

export interface Choice<T extends string = string> {
  readonly value: T;
  readonly label: string;
}

export function SelectField(
  props: FieldProps & {
    value: string | null;
    onChange: (value: string | null) => void;
    choices: readonly Choice[];
    placeholder?: string;
    isSearchable?: boolean;
    nothingFound?: string;
  },
) {
  return (
    <Select
      {...fieldLook(props)}
      value={props.value}
      onChange={props.onChange}
      data={props.choices.map((choice) => ({ ...choice }))}
      placeholder={props.placeholder}
      searchable={props.isSearchable ?? false}
      nothingFoundMessage={props.nothingFound}
      allowDeselect={false}
      openOnFocus={false}
      maxDropdownHeight={260}
      comboboxProps={{ shadow: 'md' }}
    />
  );
}

export function CheckField(props: FieldProps & { value: boolean; onChange: (value: boolean) => void }) {
  return (
    <Checkbox
      label={props.label}
      description={props.hint}
      checked={props.value}
      onChange={(event) => props.onChange(event.currentTarget.checked)}
      size="xs"
      styles={{ label: { fontSize: 13 }, description: { fontSize: 12, color: 'var(--text-3)' } }}
    />
  );
}

/** A few choices side by side; `label` is read out, not shown. */
export function Segments<T extends string>(props: {
  label: string;
  value: T;
  onChange: (value: T) => void;
  choices: ReadonlyArray<Choice<T>>;
}) {
  return (
    <SegmentedControl
      aria-label={props.label}
      size="xs"
      value={props.value}
      onChange={(value) => {
        const chosen = props.choices.find((choice) => choice.value === value);
        if (chosen) props.onChange(chosen.value);
      }}
      data={props.choices.map((choice) => ({ ...choice }))}
      styles={{
        root: { background: 'var(--track)', padding: 2 },
        label: { fontSize: 12, fontWeight: 400, padding: '2px 10px', lineHeight: '20px' },
      }}
    />
  );
}
