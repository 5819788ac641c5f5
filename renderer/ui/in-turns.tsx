// Mounts its children one a frame: a long page of charts and tables never holds up the frame in which it opens.
import { Children, type ReactNode, useEffect, useState } from 'react';

/** @param props.atOnce how many are there from the first frame on */
export function InTurns(props: { atOnce: number; children: ReactNode }) {
  const children = Children.toArray(props.children);
  const [count, setCount] = useState(props.atOnce);
  const isComplete = count >= children.length;
  useEffect(() => {
    if (isComplete) return undefined;
    const frame = requestAnimationFrame(() => setCount(count + 1));
    return () => cancelAnimationFrame(frame);
  }, [count, isComplete]);
  return <>{children.slice(0, count)}</>;
}
