// Which ONNX Runtime this is written and tested against, apart from the binding, so that naming it loads nothing.
export const ONNXRUNTIME_VERSION = '1.30.0';
