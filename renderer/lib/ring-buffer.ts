// A ring of the last `capacity` values, oldest first when read.

export interface RingBuffer<T> {
  readonly size: number;
  push(value: T): void;
  clear(): void;
  /** Oldest first; a fresh array. */
  toArray(): T[];
  last(): T | undefined;
}

/** @param capacity values kept, at least 1 */
export function createRingBuffer<T>(capacity: number): RingBuffer<T> {
  const slots: T[] = [];
  let start = 0;
  return {
    get size() {
      return slots.length;
    },
    push(value) {
      if (slots.length < capacity) {
        slots.push(value);
        return;
      }
      slots[start] = value;
      start = (start + 1) % capacity;
    },
    clear() {
      slots.length = 0;
      start = 0;
    },
    toArray: () => [...slots.slice(start), ...slots.slice(0, start)],
    last: () => slots[(start + slots.length - 1) % Math.max(1, slots.length)],
  };
}
