// The versions that Lineside says of itself; a test holds them against package.json.

export const LINESIDE_VERSION = '0.1.0';

/** The ONNX Runtime that is pinned for the laptop and the device kit alike. */
export const ONNXRUNTIME_VERSION = '1.30.0';
