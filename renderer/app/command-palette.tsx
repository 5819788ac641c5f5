// The command palette: type a few letters, arrows and Enter.
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { Icon } from '../ui/icons.tsx';
import { Overlay } from '../ui/overlay.tsx';
import styles from './command-palette.module.css';
import { type Command, matchCommands, useCommands } from './commands.ts';

export function CommandPalette(props: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Overlay label={t('palette.title')} isOpen={props.isOpen} onClose={props.onClose}>
      <PaletteBody onClose={props.onClose} />
    </Overlay>
  );
}

function PaletteBody(props: { onClose: () => void }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const commands = matchCommands(useCommands(navigate, true), typed);
  const at = Math.min(active, Math.max(0, commands.length - 1));
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at, typed]);
  const run = (command: Command | undefined) => {
    if (!command) return;
    props.onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setActive(Math.min(at + 1, commands.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(at - 1, 0));
    else if (event.key === 'Enter') run(commands[at]);
    else return;
    event.preventDefault();
  };
  return (
    <div onKeyDown={onKeyDown}>
      <div className={styles['field']}>
        <Icon name="search" />
        <input
          data-autofocus
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={commands[at] ? `palette-${commands[at].id}` : undefined}
          aria-label={t('palette.title')}
          placeholder={t('palette.placeholder')}
          value={typed}
          spellCheck={false}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setActive(0);
          }}
        />
      </div>
      <div id="palette-list" ref={list} className={styles['list']} role="listbox" aria-label={t('palette.title')}>
        {commands.map((command, index) => (
          <Entry
            key={command.id}
            command={command}
            isActive={index === at}
            isFirstOfGroup={index === 0 || commands[index - 1]?.group !== command.group}
            onRun={run}
            onPoint={() => setActive(index)}
          />
        ))}
        {commands.length === 0 ? <p className={styles['nothing']}>{t('palette.nothing')}</p> : null}
      </div>
    </div>
  );
}

function Entry(props: {
  command: Command;
  isActive: boolean;
  isFirstOfGroup: boolean;
  onRun: (command: Command) => void;
  onPoint: () => void;
}) {
  const { command } = props;
  return (
    <>
      {props.isFirstOfGroup ? (
        <div className={styles['group']} role="presentation">
          {command.group}
        </div>
      ) : null}
      <div
        id={`palette-${command.id}`}
        className={styles['entry']}
        role="option"
        aria-selected={props.isActive}
        onClick={() => props.onRun(command)}
        onMouseMove={props.onPoint}
      >
        <Icon name={command.icon} size={14} />
        <span>{command.label}</span>
      </div>
    </>
  );
}
