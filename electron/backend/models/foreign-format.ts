// Names the formats that people most often take for an ONNX file, so that the refusal can say what to do.

const MAGIC: readonly { readonly bytes: string; readonly at?: number; readonly what: string }[] = [
  { bytes: 'version https://git-lfs', what: 'it is a Git LFS pointer; fetch the real file first (git lfs pull)' },
  { bytes: '\x89PNG', what: 'it is a PNG picture' },
  { bytes: '\xff\xd8\xff', what: 'it is a JPEG picture' },
  { bytes: 'PK\x03\x04', what: 'it is a ZIP archive, as PyTorch writes them; export the model to ONNX first' },
  { bytes: '\x1f\x8b', what: 'it is compressed with gzip; unpack it first' },
  { bytes: '\x89HDF', what: 'it is an HDF5 file, as Keras writes them; convert the model to ONNX first' },
  { bytes: 'TFL3', at: 4, what: 'it is a TensorFlow Lite model; convert it to ONNX first' },
  { bytes: 'ORTM', at: 4, what: "it is in ONNX Runtime's own format; use the .onnx file that it was made from" },
  { bytes: '\x7fELF', what: 'it is a program' },
  { bytes: '<!DOCTYPE', what: 'it is a web page, perhaps the answer to a failed download' },
  { bytes: '<html', what: 'it is a web page, perhaps the answer to a failed download' },
];

/** What the first bytes say that the file is; null when they could be an ONNX file's. */
export function foreignFormat(head: Uint8Array): string | null {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 64)).toString('latin1');
  return MAGIC.find(({ bytes, at = 0 }) => text.startsWith(bytes, at))?.what ?? null;
}
