// A bare panel over the page that takes the focus and goes with Escape: the ground of the command palette.
import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';

export function Overlay(props: { label: string; isOpen: boolean; onClose: () => void; children: ReactNode }) {
  return (
    <Modal.Root
      opened={props.isOpen}
      onClose={props.onClose}
      lockScroll={false}
      size={560}
      yOffset="12vh"
      transitionProps={{ duration: 80, transition: 'fade' }}
      styles={{ content: { background: 'var(--raised)', border: '1px solid var(--line-strong)', overflow: 'hidden' } }}
    >
      <Modal.Overlay backgroundOpacity={0.3} />
      <Modal.Content aria-label={props.label}>
        <Modal.Body p={0}>{props.children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
