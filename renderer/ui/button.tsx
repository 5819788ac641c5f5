// Buttons: one primary a screen, default for the rest, danger for what destroys; and the square icon button.
import { ActionIcon, Button as LibraryButton, Tooltip } from '@mantine/core';
import type { ReactNode, Ref } from 'react';
import { Icon, type IconName } from './icons.tsx';

export interface ButtonProps {
  children: ReactNode;
  onClick?: () => void;
  kind?: 'primary' | 'default' | 'danger' | 'quiet';
  icon?: IconName;
  isDisabled?: boolean;
  isBusy?: boolean;
  type?: 'button' | 'submit';
  label?: string;
  /** A larger one, for the start page. */
  isLarge?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

const VARIANTS = {
  primary: { variant: 'filled' },
  default: { variant: 'default' },
  danger: { variant: 'filled', color: 'red.8' },
  quiet: { variant: 'subtle' },
} as const;

export function Button(props: ButtonProps) {
  const { children, kind = 'default', icon, isDisabled = false, isBusy = false, type = 'button' } = props;
  return (
    <LibraryButton
      ref={props.ref ?? null}
      {...VARIANTS[kind]}
      size={props.isLarge ? 'sm' : 'compact-sm'}
      h={props.isLarge ? 34 : 28}
      px={kind === 'quiet' ? 0 : props.isLarge ? 16 : 11}
      fz={13}
      fw={500}
      type={type}
      disabled={isDisabled}
      loading={isBusy}
      onClick={props.onClick}
      leftSection={icon ? <Icon name={icon} size={14} /> : undefined}
      aria-label={props.label}
    >
      {children}
    </LibraryButton>
  );
}

export function IconButton(props: {
  icon: IconName;
  label: string;
  onClick?: () => void;
  isDisabled?: boolean;
  ref?: Ref<HTMLButtonElement>;
  isPressed?: boolean;
}) {
  return (
    <Tooltip label={props.label} openDelay={400} withArrow fz={12}>
      <ActionIcon
        ref={props.ref ?? null}
        variant="subtle"
        color="gray"
        c="var(--text-2)"
        size={28}
        onClick={props.onClick}
        disabled={props.isDisabled ?? false}
        aria-label={props.label}
        aria-pressed={props.isPressed}
      >
        <Icon name={props.icon} />
      </ActionIcon>
    </Tooltip>
  );
}
