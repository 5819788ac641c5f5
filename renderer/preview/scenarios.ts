// The states that the preview can show, chosen by `?state=` in the address.

export const SCENARIOS = ['full', 'empty', 'first-run', 'loading', 'error', 'away', 'many', 'busy'] as const;

/**
 * `full`: a fleet at work. `empty`: nothing anywhere. `first-run`: half of the first steps are done.
 * `loading`: no call is ever answered. `error`: every call fails. `away`: the line breaks a moment after the page is shown.
 * `many`: a thousand devices. `busy`: a benchmark is under way.
 */
export type Scenario = (typeof SCENARIOS)[number];

export function readScenario(search: string): Scenario {
  const asked = new URLSearchParams(search).get('state');
  return SCENARIOS.find((scenario) => scenario === asked) ?? 'full';
}
