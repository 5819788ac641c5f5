// Versions and places, for the status bar, `lineside --version` and bug reports.
import type { SystemInfo } from '../../../shared/contract/system.ts';
import { LINESIDE_VERSION, ONNXRUNTIME_VERSION } from '../../../shared/domain/versions.ts';
import type { Ports } from '../ports.ts';

export function systemInfo(ports: Ports): SystemInfo {
  return {
    version: LINESIDE_VERSION,
    host: ports.host,
    nodeVersion: process.version,
    onnxruntimeVersion: ONNXRUNTIME_VERSION,
    platform: process.platform,
    architecture: process.arch,
    dataDir: ports.dataDir,
    kitArchitectures: [...ports.kits.architectures],
  };
}
