// A bare panel over the page that takes the focus and goes with Escape: the ground of the command palette.
import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';

export function Overlay(props: { label: string; isOpen: boolean; onClose: () => void; children: ReactNode }) {
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      withCloseButton={false}
      padding={0}
      lockScroll={false}
      size={560}
      yOffset="12vh"
      transitionProps={{ duration: 80, transition: 'fade' }}
      overlayProps={{ backgroundOpacity: 0.3 }}
      aria-label={props.label}
      styles={{ content: { background: 'var(--raised)', border: '1px solid var(--line-strong)', overflow: 'hidden' } }}
    >
      {props.children}
    </Modal>
  );
}
