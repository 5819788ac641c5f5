// Fields for several values: a list of choices, a comma list of whole numbers, and chips that are switched on and off.
import { MultiSelect } from '@mantine/core';
import { useState } from 'react';
import chips from './chips.module.css';
import { type Choice, type FieldProps, fieldLook, TextField } from './fields.tsx';
import styles from './list-fields.module.css';

export interface ListChoice extends Choice {
  readonly isDisabled?: boolean;
}

export function MultiSelectField(
  props: FieldProps & {
    value: readonly string[];
    onChange: (value: string[]) => void;
    choices: readonly ListChoice[];
    placeholder?: string;
    nothingFound: string;
  },
) {
  const look = fieldLook(props);
  return (
    <MultiSelect
      {...look}
      styles={{
        ...look.styles,
        input: { fontSize: 13, minHeight: 30 },
        pill: { fontSize: 13, background: 'var(--idle-soft)', color: 'var(--text)' },
      }}
      value={[...props.value]}
      onChange={props.onChange}
      data={props.choices.map(({ value, label, isDisabled = false }) => ({ value, label, disabled: isDisabled }))}
      placeholder={props.value.length === 0 ? props.placeholder : undefined}
      searchable
      hidePickedOptions
      openOnFocus={false}
      nothingFoundMessage={props.nothingFound}
      maxDropdownHeight={260}
      comboboxProps={{ shadow: 'md' }}
    />
  );
}

/** Whole numbers from 1 as `1, 2, 4`; null when a part is none. Each stands once, in the order given. */
export function parseNumbers(text: string): number[] | null {
  const parts = text
    .split(/[,\s，、]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const numbers = parts.map(Number);
  return numbers.every((value) => Number.isInteger(value) && value > 0) ? [...new Set(numbers)] : null;
}

/** Empty is the empty list: the default of the backend. `problem` is shown while the text cannot be read. */
export function NumbersField(
  props: FieldProps & {
    value: readonly number[];
    onChange: (value: number[]) => void;
    placeholder: string;
    problem: string;
  },
) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = props.value.join(', ');
  const text =
    typed !== null && (parseNumbers(typed) === null || parseNumbers(typed)?.join(', ') === shown) ? typed : shown;
  return (
    <TextField
      {...props}
      value={text}
      error={parseNumbers(text) === null ? props.problem : undefined}
      onChange={(next) => {
        setTyped(next);
        const numbers = parseNumbers(next);
        if (numbers !== null) props.onChange(numbers);
      }}
    />
  );
}

/** Any number of chips may be on; the last one that is on stays. */
export function ToggleChips<T extends string>(props: {
  label: string;
  value: readonly T[];
  choices: ReadonlyArray<Choice<T>>;
  onChange: (value: T[]) => void;
}) {
  const { value, choices } = props;
  const toggle = (one: T) => {
    const next = value.includes(one) ? value.filter((other) => other !== one) : [...value, one];
    if (next.length > 0) props.onChange(choices.map((choice) => choice.value).filter((other) => next.includes(other)));
  };
  return (
    <div className={styles['field']}>
      <span className={styles['label']} aria-hidden="true">
        {props.label}
      </span>
      <div className={chips['chips']} role="group" aria-label={props.label}>
        {choices.map((choice) => (
          <button
            key={choice.value}
            type="button"
            className={chips['chip']}
            aria-pressed={value.includes(choice.value)}
            onClick={() => toggle(choice.value)}
          >
            {choice.label}
          </button>
        ))}
      </div>
    </div>
  );
}
