// The frame of a page: header with title and actions, a body that scrolls, sections and panes divided by single lines.
import type { ReactNode } from 'react';
import styles from './page.module.css';

export function Page(props: {
  title: ReactNode;
  /** One line under the title. */
  sub?: ReactNode;
  actions?: ReactNode;
  toolbar?: ReactNode;
  children: ReactNode;
  /** The body is laid out by its child and does not scroll itself. */
  isFixed?: boolean;
}) {
  return (
    <div className={styles['page']}>
      <header className={styles['header']}>
        <div className={styles['heading']}>
          <h1 className={styles['title']}>{props.title}</h1>
          {props.sub ? <div className={styles['sub']}>{props.sub}</div> : null}
        </div>
        {props.actions ? <div className={styles['actions']}>{props.actions}</div> : null}
      </header>
      {props.toolbar ? <div className={styles['toolbar']}>{props.toolbar}</div> : null}
      <div className={props.isFixed ? styles['fixed'] : styles['body']}>{props.children}</div>
    </div>
  );
}

/** A titled block; `aside` stands at the right end of its title line. */
export function Section(props: { title: string; aside?: ReactNode; children: ReactNode; isFlush?: boolean }) {
  return (
    <section className={styles['section']} aria-label={props.title}>
      <div className={styles['sectionHead']}>
        <h2 className={styles['sectionTitle']}>{props.title}</h2>
        {props.aside ? <div className={styles['aside']}>{props.aside}</div> : null}
      </div>
      <div className={props.isFlush ? undefined : styles['sectionBody']}>{props.children}</div>
    </section>
  );
}

/** A list at the left, what is chosen of it at the right. */
export function Split(props: { list: ReactNode; detail: ReactNode; label: string; listWidth?: string }) {
  return (
    <div
      className={styles['split']}
      style={{ gridTemplateColumns: `${props.listWidth ?? 'minmax(0, 1fr)'} minmax(0, 1fr)` }}
    >
      <div className={styles['list']}>{props.list}</div>
      <aside className={styles['detail']} aria-label={props.label} tabIndex={-1}>
        {props.detail}
      </aside>
    </div>
  );
}

/** Blocks under each other with the form's distance. */
export function Stack(props: { children: ReactNode; gap?: number }) {
  return (
    <div className={styles['stack']} style={{ gap: props.gap ?? 12 }}>
      {props.children}
    </div>
  );
}

/** Things side by side on one base line. */
export function Row(props: {
  children: ReactNode;
  gap?: number;
  isWrapped?: boolean;
  justify?: 'start' | 'between' | 'end';
}) {
  const justify = { start: 'flex-start', between: 'space-between', end: 'flex-end' }[props.justify ?? 'start'];
  return (
    <div
      className={styles['row']}
      style={{ gap: props.gap ?? 8, flexWrap: props.isWrapped ? 'wrap' : 'nowrap', justifyContent: justify }}
    >
      {props.children}
    </div>
  );
}
