// The end of a transfer's stream.

/** The result that the last snapshot carries. */
export async function lastOf<T>(stream: AsyncIterable<{ readonly result: T | null }>): Promise<T> {
  let result: T | null = null;
  for await (const snapshot of stream) result = snapshot.result ?? result;
  if (result === null) throw new Error('the stream ended without a result');
  return result;
}
