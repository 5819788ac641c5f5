// Takes the long arrays of raw samples out of JSON text as it arrives, so that what is left is small enough to be parsed at once.

export interface SampleScanner {
  /** @throws SyntaxError where an array of samples holds something else than numbers. */
  push(text: string): void;
  /** The text with every array under `samplesMs` emptied, and these arrays in order. @throws SyntaxError when one is left open. */
  end(): { readonly text: string; readonly samples: readonly Float64Array[] };
  /** Characters kept and samples taken so far. */
  readonly keptLength: number;
  readonly sampleCount: number;
}

const KEY = 'samplesMs';
/** Of text that matters, outside of arrays of samples. */
const MARKS = /["\\:[]/g;

export function createSampleScanner(): SampleScanner {
  const kept: string[] = [];
  const samples: Float64Array[] = [];
  let keptLength = 0;
  let sampleCount = 0;
  let state: 'outside' | 'string' | 'escape' | 'samples' = 'outside';
  /** The string that ended last, while nothing but space and a colon followed it; cut at more than any key needs. */
  let word = '';
  let hasColon = false;
  let pieces: Float64Array[] = [];
  /** What of the numbers has arrived but is not yet known to be whole. */
  let rest = '';

  const keep = (text: string): void => {
    kept.push(text);
    keptLength += text.length;
  };

  /** Reads numbers from `at`; gives where the array ends, or the end of the text. */
  function readNumbers(text: string, at: number): number {
    const close = text.indexOf(']', at);
    const part = rest + text.slice(at, close < 0 ? text.length : close);
    const cut = close < 0 ? part.lastIndexOf(',') : part.length;
    if (cut >= 0) addNumbers(part.slice(0, cut));
    rest = close < 0 ? part.slice(cut + 1) : '';
    if (rest.length > 64) throw new SyntaxError('a sample is not a number');
    if (close < 0) return text.length;
    samples.push(joined(pieces));
    pieces = [];
    state = 'outside';
    return close;
  }

  function addNumbers(text: string): void {
    if (text.trim() === '') return;
    const values = Float64Array.from(text.split(','), (each) => (each.trim() === '' ? Number.NaN : Number(each)));
    if (!values.every((value) => Number.isFinite(value) && value >= 0))
      throw new SyntaxError('a sample is not a number');
    pieces.push(values);
    sampleCount += values.length;
  }

  function readOutside(text: string, at: number): number {
    MARKS.lastIndex = at;
    const found = MARKS.exec(text);
    const end = found ? found.index : text.length;
    if (text.slice(at, end).trim() !== '') forget();
    const mark = found?.[0];
    keep(text.slice(at, Math.min(end + 1, text.length)));
    if (mark === '"') {
      state = 'string';
      forget();
    } else if (mark === ':') hasColon = word === KEY && !hasColon;
    else if (mark === '[' && hasColon) {
      state = 'samples';
      forget();
    } else if (mark !== undefined) forget();
    return end + 1;
  }

  function readString(text: string, at: number): number {
    let end = at;
    while (end < text.length && text[end] !== '"' && text[end] !== '\\') end += 1;
    keep(text.slice(at, Math.min(end + 1, text.length)));
    if (word.length <= KEY.length) word += text.slice(at, Math.min(end, at + KEY.length + 1));
    if (text[end] === '"') state = 'outside';
    else if (text[end] === '\\') {
      state = 'escape';
      // No key of ours is written with an escape.
      word += '\\';
    }
    return end + 1;
  }

  function forget(): void {
    word = '';
    hasColon = false;
  }

  return {
    get keptLength() {
      return keptLength;
    },
    get sampleCount() {
      return sampleCount;
    },
    push: (text) => {
      let at = 0;
      while (at < text.length) {
        if (state === 'samples') at = readNumbers(text, at);
        else if (state === 'string') at = readString(text, at);
        else if (state === 'escape') {
          keep(text.charAt(at));
          state = 'string';
          at += 1;
        } else at = readOutside(text, at);
      }
    },
    end: () => {
      if (state === 'samples') throw new SyntaxError('the samples do not end');
      return { text: kept.join(''), samples };
    },
  };
}

function joined(pieces: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
