// Something that opens below its own title.
import { type ReactNode, useId } from 'react';
import styles from './disclosure.module.css';
import { Icon } from './icons.tsx';

export function Disclosure(props: {
  label: string;
  /** Stands beside the title. */
  note?: string;
  isOpen: boolean;
  onToggle: () => void;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <div>
      <button
        type="button"
        className={styles['title']}
        aria-expanded={props.isOpen}
        aria-controls={props.isOpen ? id : undefined}
        onClick={props.onToggle}
      >
        <span className={styles['mark']} data-open={props.isOpen || undefined}>
          <Icon name="chevron" size={12} />
        </span>
        <span>{props.label}</span>
        {props.note ? <span className={styles['note']}>{props.note}</span> : null}
      </button>
      {props.isOpen ? <div id={id}>{props.children}</div> : null}
    </div>
  );
}
