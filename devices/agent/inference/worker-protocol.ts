// The JSON that agent and inference worker exchange beside the requests themselves.
import type { InstalledRelease } from './inference-host.ts';
import type { TensorSpec } from './oip-model.ts';

/** First frame to a worker. */
export interface LoadRequest {
  readonly installed: InstalledRelease;
  /** Folder with the ONNX Runtime library; null: the one of the npm package. */
  readonly ortDir: string | null;
}

/** The worker's answer once the model is loaded. */
export interface WorkerReady {
  readonly loadMs: number;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** Descriptor of the socket between the two in the worker; its stdout stays free of the runtime's own prints. */
export const WORKER_SOCKET_FD = 3;
