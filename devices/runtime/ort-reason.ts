// Turns what ONNX Runtime throws into one plain phrase: its reason, without source paths, C++ signatures and log colours.

const MAX_LENGTH = 400;

const COLOURS = /\u001b\[[0-9;]*m/g;
/** `/onnxruntime_src/…/file.cc:123 type name(arguments) const [with …] `; arguments may hold one level of brackets. */
const SOURCE_PLACE =
  /\S*onnxruntime\S*\.(?:cc|h|cpp|hpp):\d+ (?:[^()]*\((?:[^()]|\([^()]*\))*\)(?:::<lambda\(\)>)?(?: const)?(?: \[with [^\]]*\])? )?/g;
/** The condition of an ORT_ENFORCE; what follows says it in words. */
const CONDITION = /^\S.{0,200}? was false\. (?=\S)/;
const FAILED_NODE = /Non-zero status code returned while running (\S+) node\. Name:'([^']*)' Status Message: /g;

/** The runtime's reason as a phrase without a full stop, at most 400 characters. */
export function ortReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const reason = message
    .replace(COLOURS, '')
    .replace(/^Load model from .*? failed:/, '')
    .replace(/^Fatal error: /, '')
    .replace(FAILED_NODE, (_all, operator: string, name: string) => `node "${name}" (${operator}) failed: `)
    .replace(SOURCE_PLACE, '')
    .replace(/Please fix either the inputs\/outputs or the model\./g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(CONDITION, '')
    .replace(/[.\s]+$/, '');
  return reason.length > MAX_LENGTH ? `${reason.slice(0, MAX_LENGTH)}…` : reason || 'no reason was given';
}
