// What the backend needs from the host it runs in: the few things that differ between Electron, the web host and the command line.
import type { Kit } from '../../devices/kit/kit.ts';

export interface Logger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** A command that starts one of our own sidecar programs on a plain Node binary. */
export interface SidecarCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** Secrets by key; where they are kept is the host's affair. Never written to the database or the log. */
export interface SecretStore {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
}

export interface KitSource {
  readonly architectures: readonly string[];
  /**
   * The device kit for an architecture, built or loaded once.
   * @throws DEVICE_UNSUPPORTED for an architecture without a kit, KIT_UNAVAILABLE when it cannot be built here.
   */
  get(architecture: string, options: { onProgress?: (step: string) => void; signal?: AbortSignal }): Promise<Kit>;
}

export interface Ports {
  readonly host: 'electron' | 'serve' | 'cli';
  /** Everything that Lineside keeps lies below this folder. */
  readonly dataDir: string;
  readonly log: Logger;
  readonly sidecars: { readonly benchRunner: SidecarCommand };
  /** The sample model that ships with Lineside; null where it is missing. */
  readonly sampleModelPath: string | null;
  readonly secrets: SecretStore;
  readonly kits: KitSource;
  /** OpenSSH known_hosts files that are read but never written. */
  readonly readOnlyKnownHosts: readonly string[];
  /** Socket of the user's ssh-agent; null where there is none. */
  readonly sshAgentSocket: string | null;
  /** Key files that are tried where no other login is said, in this order; they need not exist. */
  readonly defaultIdentityFiles: readonly string[];
  /** Connects to the fleet by itself (desktop, web), or only when asked (command line). */
  readonly monitorsFleet: boolean;
}
