// A stream of bytes as lines of text, however the bytes were cut into pieces.

/** Lines without their newline; what follows the last newline is no line. Pulls no more than is asked for. */
export async function* readLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  for await (const chunk of stream) {
    const [first = '', ...rest] = decoder.decode(chunk, { stream: true }).split('\n');
    parts.push(first);
    for (const text of rest) {
      yield parts.join('');
      parts = [text];
    }
  }
}
