// Random numbers from a seed, for resampling and simulated arrivals: the same on every machine.

/**
 * Uniform numbers in [0, 1): xoshiro128** (Blackman and Vigna 2021, Scrambled Linear Pseudorandom Number Generators), its state filled
 * by a multiply-and-shift hash of the seed so that neighbouring seeds give unrelated sequences.
 */
export function seededRandom(seed: number): () => number {
  let hash = seed | 0;
  const next = (): number => {
    hash = (hash + 0x9e3779b9) | 0;
    let mixed = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  let a = next();
  let b = next();
  let c = next();
  let d = next() | 1;
  return () => {
    const five = Math.imul(b, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result / 2 ** 32;
  };
}
