// Every expected error of Lineside by its code, with the exit code of the command line that belongs to it.

/** Exit codes of the `lineside` command: 1 the check said no, 2 usage, 3 the input was bad, 4 device or network, 5 cancelled, 70 a bug. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 70;

/** The union of codes is the contract with scripts and translations: codes are added, never renamed. */
export const ERROR_EXIT_CODES = {
  // The check said no.
  BUNDLE_SIGNATURE_INVALID: 1,
  BUNDLE_DIGEST_MISMATCH: 1,
  BUNDLE_KEY_UNTRUSTED: 1,
  GOLDEN_MISMATCH: 1,
  LATENCY_BUDGET_EXCEEDED: 1,
  PROBATION_FAILED: 1,
  ROLLOUT_FAILED: 1,
  ROLLOUT_HALTED: 1,
  RELEASE_REFUSED: 1,
  REGRESSION_FOUND: 1,
  REGRESSION_UNDECIDED: 1,
  // Usage.
  USAGE: 2,
  // The input was bad.
  NOT_FOUND: 3,
  ALREADY_EXISTS: 3,
  IN_USE: 3,
  NAME_INVALID: 3,
  FILE_NOT_FOUND: 3,
  FILE_UNREADABLE: 3,
  FILE_WRITE_FAILED: 3,
  LOCAL_DISK_FULL: 3,
  MODEL_NOT_ONNX: 3,
  MODEL_TRUNCATED: 3,
  MODEL_UNSUPPORTED_OPERATOR: 3,
  MODEL_UNSUPPORTED_OPSET: 3,
  MODEL_UNSUPPORTED_IR: 3,
  MODEL_UNSUPPORTED_TYPE: 3,
  MODEL_EXTERNAL_DATA_INVALID: 3,
  MODEL_LOAD_FAILED: 3,
  MODEL_RUN_FAILED: 3,
  MODEL_SHAPE_INVALID: 3,
  BENCH_TIMEOUT: 3,
  BENCH_CRASHED: 3,
  BENCH_OUT_OF_MEMORY: 3,
  MODEL_OUTPUT_NAN: 3,
  PROVIDER_UNAVAILABLE: 3,
  BASELINE_INVALID: 3,
  GOLDEN_FILE_INVALID: 3,
  BUNDLE_MALFORMED: 3,
  KEY_NOT_FOUND: 3,
  KEY_UNREADABLE: 3,
  SELECTOR_INVALID: 3,
  SELECTOR_EMPTY: 3,
  REQUIREMENTS_NOT_MET: 3,
  INPUT_INVALID: 3,
  // Device or network.
  SSH_CONNECT_FAILED: 4,
  SSH_TIMEOUT: 4,
  SSH_AUTH_FAILED: 4,
  SSH_CONNECTION_LOST: 4,
  SSH_CHANNEL_REFUSED: 4,
  SSH_AGENT_UNAVAILABLE: 4,
  SSH_KEY_UNREADABLE: 4,
  HOST_KEY_UNKNOWN: 4,
  HOST_KEY_CHANGED: 4,
  DEVICE_UNREACHABLE: 4,
  DEVICE_BUSY: 4,
  DEVICE_BENCH_STOPPED: 4,
  DEVICE_DISK_FULL: 4,
  DEVICE_UNSUPPORTED: 4,
  DEVICE_COMMAND_FAILED: 4,
  DEVICE_READ_ONLY: 4,
  AGENT_NOT_INSTALLED: 4,
  AGENT_NOT_RUNNING: 4,
  AGENT_INCOMPATIBLE: 4,
  AGENT_START_FAILED: 4,
  INFERENCE_UNAVAILABLE: 4,
  TRANSFER_INTERRUPTED: 4,
  KIT_UNAVAILABLE: 4,
  REGISTRY_UNREACHABLE: 4,
  REGISTRY_AUTH_FAILED: 4,
  REGISTRY_REFUSED: 4,
  BACKEND_UNAVAILABLE: 4,
  // Cancelled by the user.
  CANCELLED: 5,
  // A bug of ours.
  INTERNAL: 70,
} as const satisfies Record<string, ExitCode>;

export type ErrorCode = keyof typeof ERROR_EXIT_CODES;

/** True for a string that is one of our codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_EXIT_CODES, value);
}
