// A menu under a button: choices with a tick, or actions.
import { Menu } from '@mantine/core';
import type { ReactElement } from 'react';
import { Icon, type IconName } from './icons.tsx';

export interface MenuEntry {
  readonly id: string;
  readonly label: string;
  readonly icon?: IconName;
  readonly isChosen?: boolean;
  readonly isDestructive?: boolean;
  readonly isDisabled?: boolean;
  run(): void;
}

/** @param props.target one element that takes a ref, the button that opens the menu */
export function DropMenu(props: { label: string; target: ReactElement; entries: readonly MenuEntry[] }) {
  return (
    <Menu shadow="md" width={200} position="bottom-end" transitionProps={{ duration: 80 }}>
      <Menu.Target>{props.target}</Menu.Target>
      <Menu.Dropdown aria-label={props.label} bg="var(--raised)">
        {props.entries.map((entry) => (
          <Menu.Item
            key={entry.id}
            fz={13}
            py={5}
            disabled={entry.isDisabled ?? false}
            c={entry.isDestructive ? 'var(--bad)' : 'var(--text)'}
            leftSection={entry.icon ? <Icon name={entry.icon} size={14} /> : undefined}
            rightSection={entry.isChosen ? <Icon name="check" size={14} /> : undefined}
            onClick={() => entry.run()}
          >
            {entry.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
