// Filter chips with counts, and the search field of a list.
import { TextInput } from '@mantine/core';
import type { Ref } from 'react';
import styles from './chips.module.css';
import { Icon } from './icons.tsx';

export interface ChipChoice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly count: number;
}

export function Chips<T extends string>(props: {
  label: string;
  value: T;
  choices: ReadonlyArray<ChipChoice<T>>;
  onChange: (value: T) => void;
}) {
  return (
    <div className={styles['chips']} role="group" aria-label={props.label}>
      {props.choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          className={styles['chip']}
          aria-pressed={choice.value === props.value}
          onClick={() => props.onChange(choice.value)}
        >
          {choice.label}
          <span className={styles['count']}>{choice.count}</span>
        </button>
      ))}
    </div>
  );
}

export function SearchField(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  ref?: Ref<HTMLInputElement>;
  width?: number;
}) {
  return (
    <TextInput
      ref={props.ref ?? null}
      type="search"
      size="xs"
      w={props.width ?? 240}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value)}
      placeholder={props.label}
      aria-label={props.label}
      leftSection={<Icon name="search" size={14} />}
      leftSectionWidth={30}
      styles={{ input: { fontSize: 13, height: 28, minHeight: 28 } }}
    />
  );
}
