// Catches a fault of a page, so that the shell stays and the user can go on.
import { Component, type ReactNode } from 'react';
import { asAppError } from '../lib/errors.ts';
import { Failed } from '../ui/states.tsx';

interface ErrorBoundaryProps {
  /** A new key clears the fault. */
  resetKey: string;
  children: ReactNode;
}

interface ErrorBoundaryState {
  readonly error: unknown;
  readonly resetKey: string;
}

export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: null, resetKey: this.props.resetKey };

  static getDerivedStateFromError(error: unknown): Partial<ErrorBoundaryState> {
    return { error };
  }

  static getDerivedStateFromProps(
    props: ErrorBoundaryProps,
    state: ErrorBoundaryState,
  ): Partial<ErrorBoundaryState> | null {
    return props.resetKey === state.resetKey ? null : { error: null, resetKey: props.resetKey };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return <Failed error={asAppError(this.state.error)} onRetry={() => this.setState({ error: null })} />;
  }
}
