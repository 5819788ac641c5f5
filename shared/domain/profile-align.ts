// Which node of one graph answers to which of another: the best common sequence, in topological order, of nodes that are alike.

/** What is compared of a node. */
export interface OutlineNode {
  readonly name: string;
  readonly opType: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

/** Indices on both sides, null where a side has nothing. `isSame`: the operator, its attributes and the shapes of its weights agree. */
export interface AlignedPair {
  readonly a: number | null;
  readonly b: number | null;
  readonly isSame: boolean;
}

/** Cells of one table: 2,000 by 2,000 nodes take some 50 ms. */
const MAX_CELLS = 4_000_000;
const SCORE = { operator: 2, shapes: 2, attributes: 1, name: 2 } as const;

/** Numbers that are equal where texts are equal: comparing those is what the time goes to. */
interface Signature {
  readonly index: number;
  readonly operator: number;
  readonly shapes: number;
  readonly attributes: number;
  /** 0: no name that tells anything. */
  readonly name: number;
  readonly whole: number;
}

/** Pairs in order of both graphs. Constants are left away: they take no time, and exporters scatter them. */
export function alignNodes(a: readonly OutlineNode[], b: readonly OutlineNode[]): AlignedPair[] {
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, numbers.size + 1);
    return numbers.size;
  };
  const sign = (nodes: readonly OutlineNode[]): Signature[] =>
    nodes.flatMap((node, index) => (node.opType === 'Constant' ? [] : [signatureOf(node, index, numberOf)]));
  const pairs: AlignedPair[] = [];
  alignStretch(sign(a), sign(b), pairs);
  return pairs;
}

function signatureOf(
  { name, opType, attributes, weights }: OutlineNode,
  index: number,
  numberOf: (text: string) => number,
): Signature {
  const shapes = weights.map(({ shape }) => shape.join('x')).join(',');
  const settings = JSON.stringify(Object.entries(attributes).sort(([x], [y]) => (x < y ? -1 : 1)));
  // `Conv_12` says what is counted, not what it is.
  const own = name === '' || name.replace(/_?\d+$/, '') === opType || /^\d+$/.test(name) ? '' : name;
  return {
    index,
    operator: numberOf(`operator ${opType}`),
    shapes: numberOf(`shapes ${shapes}`),
    attributes: numberOf(`attributes ${settings}`),
    name: own === '' ? 0 : numberOf(`name ${own}`),
    whole: numberOf(`whole ${opType} ${shapes} ${settings} ${own}`),
  };
}

function isSame(a: Signature, b: Signature): boolean {
  return a.operator === b.operator && a.shapes === b.shapes && a.attributes === b.attributes;
}

function alignStretch(a: readonly Signature[], b: readonly Signature[], pairs: AlignedPair[]): void {
  let head = 0;
  while (head < a.length && head < b.length && a[head]?.whole === b[head]?.whole) head += 1;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail)?.whole === b.at(-1 - tail)?.whole) tail += 1;
  pushSame(a.slice(0, head), b.slice(0, head), pairs);
  const [restA, restB] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  if (restA.length * restB.length <= MAX_CELLS) alignByTable(restA, restB, pairs);
  else alignByAnchors(restA, restB, pairs);
  pushSame(a.slice(a.length - tail), b.slice(b.length - tail), pairs);
}

function pushSame(a: readonly Signature[], b: readonly Signature[], pairs: AlignedPair[]): void {
  for (const [at, one] of a.entries()) pairs.push({ a: one.index, b: b[at]?.index ?? null, isSame: true });
}

/** Too long for a table: cut where a node that is unlike all others of its graph appears in both (patience, after Bram Cohen). */
function alignByAnchors(a: readonly Signature[], b: readonly Signature[], pairs: AlignedPair[]): void {
  const placesB = uniquePlaces(b);
  const common = [...uniquePlaces(a)].flatMap(([whole, at]) => {
    const there = placesB.get(whole);
    return there === undefined ? [] : [{ a: at, b: there }];
  });
  let [fromA, fromB] = [0, 0];
  const anchors = longestRising(common);
  if (anchors.length === 0) {
    for (const { index } of a) pairs.push({ a: index, b: null, isSame: false });
    for (const { index } of b) pairs.push({ a: null, b: index, isSame: false });
    return;
  }
  for (const anchor of anchors) {
    alignStretch(a.slice(fromA, anchor.a), b.slice(fromB, anchor.b), pairs);
    pushSame(a.slice(anchor.a, anchor.a + 1), b.slice(anchor.b, anchor.b + 1), pairs);
    [fromA, fromB] = [anchor.a + 1, anchor.b + 1];
  }
  alignStretch(a.slice(fromA), b.slice(fromB), pairs);
}

/** By `whole`, where those are that occur once. */
function uniquePlaces(nodes: readonly Signature[]): Map<number, number> {
  const places = new Map<number, number>();
  for (const [at, { whole }] of nodes.entries()) places.set(whole, places.has(whole) ? -1 : at);
  return new Map([...places].filter(([, at]) => at >= 0));
}

/** The longest part of the list, which rises by `a`, that rises by `b` as well. */
function longestRising(list: readonly { a: number; b: number }[]): { a: number; b: number }[] {
  const ends: number[] = [];
  const before: number[] = [];
  for (const [at, { b }] of list.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((list[ends[middle] ?? 0]?.b ?? 0) < b) low = middle + 1;
      else high = middle;
    }
    before[at] = ends[low - 1] ?? -1;
    ends[low] = at;
  }
  const rising: { a: number; b: number }[] = [];
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at] ?? -1) {
    const one = list[at];
    if (one) rising.push(one);
  }
  return rising.reverse();
}

/** Needleman and Wunsch's table with no price for gaps: the sequence of pairs of one operator with the highest likeness in all. */
function alignByTable(a: readonly Signature[], b: readonly Signature[], pairs: AlignedPair[]): void {
  const width = b.length + 1;
  const steps = new Uint8Array((a.length + 1) * width);
  let above = new Float64Array(width);
  let here = new Float64Array(width);
  for (let i = 1; i <= a.length; i++) {
    const one = a[i - 1];
    for (let j = 1; j <= b.length; j++) {
      const other = b[j - 1];
      const alike = one && other ? likeness(one, other) : 0;
      const paired = alike > 0 ? (above[j - 1] ?? 0) + alike : -1;
      const skipA = above[j] ?? 0;
      const skipB = here[j - 1] ?? 0;
      const best = Math.max(paired, skipA, skipB);
      here[j] = best;
      steps[i * width + j] = best === paired ? PAIR : best === skipB ? SKIP_B : SKIP_A;
    }
    [above, here] = [here, above];
  }
  const found: AlignedPair[] = [];
  for (let i = a.length, j = b.length; i > 0 || j > 0; ) {
    const step = i === 0 ? SKIP_B : j === 0 ? SKIP_A : steps[i * width + j];
    const one = step === SKIP_B ? undefined : a[--i];
    const other = step === SKIP_A ? undefined : b[--j];
    found.push({ a: one?.index ?? null, b: other?.index ?? null, isSame: one && other ? isSame(one, other) : false });
  }
  pairs.push(...found.reverse());
}

const PAIR = 1;
const SKIP_A = 2;
const SKIP_B = 3;

function likeness(a: Signature, b: Signature): number {
  if (a.operator !== b.operator) return 0;
  return (
    SCORE.operator +
    (a.shapes === b.shapes ? SCORE.shapes : 0) +
    (a.attributes === b.attributes ? SCORE.attributes : 0) +
    (a.name !== 0 && a.name === b.name ? SCORE.name : 0)
  );
}
