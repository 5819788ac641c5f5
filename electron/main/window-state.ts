// Where the window stood when it was last closed, kept in a small file; a state that no longer fits the screens is forgotten.
import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod/mini';

const boundsSchema = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().check(z.minimum(200)),
  height: z.int().check(z.minimum(200)),
});
const windowStateSchema = z.object({ bounds: boundsSchema, isMaximized: z.boolean() });
export type Bounds = z.infer<typeof boundsSchema>;
export type WindowState = z.infer<typeof windowStateSchema>;

/** The kept state; null when there is none, it cannot be read, or too little of it would be on a screen. */
export function readWindowState(file: string, screens: readonly Bounds[]): WindowState | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return null; // The first start has none, and a lost one costs nothing.
  }
  try {
    const state = windowStateSchema.parse(JSON.parse(text));
    return screens.some((screen) => isReachable(state.bounds, screen)) ? state : null;
  } catch {
    return null;
  }
}

/** Keeps the state. A folder that cannot be written to is no reason not to close a window. */
export function writeWindowState(file: string, state: WindowState): void {
  try {
    writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
  } catch (error) {
    console.error(`the window state was not kept: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** True when the title bar can be grasped: at least 100 pixels of the window's top edge are on the screen. */
function isReachable(window: Bounds, screen: Bounds): boolean {
  const seenWidth = Math.min(window.x + window.width, screen.x + screen.width) - Math.max(window.x, screen.x);
  return seenWidth >= 100 && window.y >= screen.y && window.y < screen.y + screen.height - 40;
}
