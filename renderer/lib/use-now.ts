// The wall clock for "last seen" and elapsed times: one timer for the whole page.
import { createStore, useStore } from './store.ts';

const clock = createStore(Date.now(), () => {
  clock.set(Date.now());
  const timer = setInterval(() => clock.set(Date.now()), 1000);
  return () => clearInterval(timer);
});

/** Milliseconds since the epoch, renewed every second. */
export function useNow(): number {
  return useStore(clock);
}
