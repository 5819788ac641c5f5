// Tables, facts, progress and JSON as the command line prints them, on a terminal and into a file.
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createTerminal, displayWidth, formatTable, type Terminal } from '../../../electron/hosts/cli/terminal.ts';

async function printed(isJson: boolean, isLive: boolean, use: (terminal: Terminal) => void) {
  const streams = {
    stdout: new PassThrough(),
    stderr: Object.assign(new PassThrough(), { isTTY: isLive, columns: 24 }),
  };
  use(createTerminal(isJson, streams as unknown as { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream }));
  streams.stdout.end();
  streams.stderr.end();
  const [stdout, stderr] = await Promise.all([text(streams.stdout), text(streams.stderr)]);
  return { stdout, stderr };
}

describe('formatTable', () => {
  it('aligns columns, numbers to the right, without trailing blanks', () => {
    expect(
      formatTable(
        ['name', 'size>', 'note'],
        [
          ['a', '1 kB', ''],
          ['long', '100 kB', 'x'],
        ],
      ),
    ).toBe('NAME    SIZE  NOTE\na       1 kB\nlong  100 kB  x\n');
  });

  it('counts wide characters as two columns and colours as none', () => {
    expect(displayWidth('产线')).toBe(4);
    expect(displayWidth('\u001b[31mred\u001b[0m')).toBe(3);
    expect(
      formatTable(
        ['name', 'state'],
        [
          ['产线一', 'ok'],
          ['box', 'ok'],
        ],
      ),
    ).toBe('NAME    STATE\n产线一  ok\nbox     ok\n');
  });

  it('takes rows that are shorter than the headings', () => {
    expect(formatTable(['a', 'b>'], [['x']])).toBe('A  B\nx\n');
  });
});

describe('createTerminal', () => {
  it('with --json prints nothing but the document', async () => {
    const { stdout, stderr } = await printed(true, true, (terminal) => {
      terminal.progress('working', '1 of 2');
      terminal.live(['a'], ['a']);
      terminal.line('for people');
      terminal.table(['a'], [['b']]);
      terminal.facts([['a', 'b']]);
      terminal.json({ a: 1 });
      terminal.settle();
    });
    expect(JSON.parse(stdout)).toEqual({ a: 1 });
    expect(stderr).toBe('');
  });

  it('into a file writes each step and each new state once', async () => {
    const { stdout, stderr } = await printed(false, false, (terminal) => {
      terminal.progress('Sending', '1 of 2');
      terminal.progress('Sending', '2 of 2');
      terminal.live(['table 1'], ['box-1: sending', 'box-2: sending']);
      terminal.live(['table 2'], ['box-1: sending', 'box-2: armed']);
      terminal.line('done');
      terminal.json({ a: 1 });
    });
    expect(stderr).toBe('Sending\nbox-1: sending\nbox-2: sending\nbox-2: armed\n');
    expect(stdout).toBe('done\n');
  });

  it('on a terminal redraws in place, cut to its width, and clears before an answer', async () => {
    const { stdout, stderr } = await printed(false, true, (terminal) => {
      terminal.live(['one', 'x'.repeat(40)], []);
      terminal.live(['two'], []);
      terminal.line('done');
    });
    expect(stderr).toBe(`one\n${'x'.repeat(23)}\n\u001b[2A\u001b[Jtwo\n\u001b[1A\u001b[J`);
    expect(stdout).toBe('done\n');
  });

  it('never lets a wide line wrap, so that what it drew can be taken back', async () => {
    const { stderr } = await printed(false, true, (terminal) => terminal.progress('产'.repeat(20)));
    expect(displayWidth(stderr.trimEnd())).toBeLessThan(24);
  });

  it('aligns facts', async () => {
    const { stdout } = await printed(false, false, (terminal) =>
      terminal.facts([
        ['size', '1 kB'],
        ['host name', 'box'],
      ]),
    );
    expect(stdout).toBe('size       1 kB\nhost name  box\n');
  });
});
