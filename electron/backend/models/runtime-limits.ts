// What the bundled ONNX Runtime accepts, so that a model it cannot take is refused by name and number before it is loaded.
import { ONNXRUNTIME_VERSION } from '../../../shared/domain/versions.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { domainName } from './inspect-model.ts';
import type { ModelProto } from './vendor/onnx_pb.ts';
import { allNodes } from './walk-model.ts';

/** Newest IR version that ONNX Runtime 1.30.0 loads; found by trying, and held to it by a test. */
export const MAX_IR_VERSION = 13;

/** Its operator domains with the newest operator set of each; null: any number is let pass. Found by trying as well. */
export const RUNTIME_DOMAINS: ReadonlyMap<string, number | null> = new Map([
  ['ai.onnx', 26],
  ['ai.onnx.ml', 5],
  ['ai.onnx.training', 1],
  ['ai.onnx.preview', null],
  ['ai.onnx.preview.training', null],
  ['com.microsoft', 1],
  ['com.microsoft.experimental', null],
  ['com.microsoft.nchwc', null],
  ['com.ms.internal.nhwc', null],
  ['org.pytorch.aten', null],
]);

const RUNTIME = `ONNX Runtime ${ONNXRUNTIME_VERSION}`;

/**
 * Checks IR version, operator sets and operator domains. Whether an operator exists inside a known domain only the runtime can say.
 * @throws MODEL_UNSUPPORTED_IR, MODEL_UNSUPPORTED_OPSET with both numbers, MODEL_UNSUPPORTED_OPERATOR with operators and domain.
 */
export function checkRuntimeLimits(model: ModelProto): void {
  const irVersion = Number(model.irVersion);
  if (irVersion > MAX_IR_VERSION) {
    throw new AppError(
      'MODEL_UNSUPPORTED_IR',
      `The model has IR version ${irVersion}, but ${RUNTIME} knows IR versions up to ${MAX_IR_VERSION}; export it for an older one.`,
      { details: { irVersion, supported: MAX_IR_VERSION } },
    );
  }
  for (const { domain: written, version: bigVersion } of [model, ...model.functions].flatMap(
    (one) => one.opsetImport,
  )) {
    const domain = domainName(written);
    const version = Number(bigVersion);
    const supported = RUNTIME_DOMAINS.get(domain);
    if (typeof supported === 'number' && version > supported) {
      throw new AppError(
        'MODEL_UNSUPPORTED_OPSET',
        `The model uses operator set ${version} of ${domain}, but ${RUNTIME} knows it up to ${supported}; export it for an older one.`,
        { details: { domain, version, supported } },
      );
    }
  }
  checkDomains(model);
}

function checkDomains(model: ModelProto): void {
  const own = new Set(model.functions.map(({ domain, name }) => `${domainName(domain)}:${name}`));
  const missing = new Map<string, Set<string>>();
  for (const node of allNodes(model)) {
    const domain = domainName(node.domain);
    if (RUNTIME_DOMAINS.has(domain) || own.has(`${domain}:${node.opType}`)) continue;
    missing.set(domain, (missing.get(domain) ?? new Set()).add(node.opType));
  }
  const [first] = missing;
  if (!first) return;
  const operators = [...missing].flatMap(([domain, types]) => [...types].map((opType) => ({ domain, opType })));
  throw unsupportedOperators(operators);
}

/** The refusal of operators that the runtime lacks. */
export function unsupportedOperators(
  operators: readonly { domain: string; opType: string }[],
  cause?: unknown,
): AppError {
  const named = operators.slice(0, 5).map(({ domain, opType }) => `${opType} (domain ${domain})`);
  const rest = operators.length - named.length;
  const list = rest > 0 ? `${named.join(', ')} and ${rest} more` : named.join(' and ');
  const lacks = operators.length === 1 ? 'the operator' : 'the operators';
  return new AppError(
    'MODEL_UNSUPPORTED_OPERATOR',
    `${RUNTIME} lacks ${lacks} ${list}; export the model without ${operators.length === 1 ? 'it' : 'them'}.`,
    {
      details: { operators },
      cause,
    },
  );
}

/** The operator that the runtime's own refusal names; null when it was refused for another reason. */
export function operatorInReason(reason: string): { domain: string; opType: string } | null {
  const unregistered = /([\w.]*):(\w+)\(-?\d+\) is not a registered function\/op/.exec(reason);
  if (unregistered?.[2]) return { domain: domainName(unregistered[1] ?? ''), opType: unregistered[2] };
  const inNode =
    /In Node, \("[^"]*", (\w+), "([^"]*)", -?\d+\).*(?:No Op registered for|No opset import for domain)/.exec(reason);
  if (inNode?.[1]) return { domain: domainName(inNode[2] ?? ''), opType: inNode[1] };
  const unimplemented = /Could not find an implementation for (?:([\w.]+)[.:])?(\w+)\(\d+\) node/.exec(reason);
  if (unimplemented?.[2]) return { domain: domainName(unimplemented[1] ?? ''), opType: unimplemented[2] };
  return null;
}
