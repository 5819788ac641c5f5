/** Vitest runner of a suite whose vehicle (Chromium, Electron, a display) is missing: lists every test and reports it as skipped. */
import { type SerializedConfig, TestRunner } from 'vitest';

class SkippingRunner extends TestRunner {
  constructor(config: SerializedConfig) {
    super({ ...config, testNamePattern: /(?!)/ }); // matches no name, so no hook runs either
  }
}

/** Vitest takes a runner by its default export. */
export default SkippingRunner;
