// The command line explains itself: every command, argument and option has words.
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../electron/hosts/cli/run-cli.ts';

function all(command: Command): Command[] {
  return [command, ...command.commands.flatMap(all)];
}

describe('help', () => {
  it('describes every command, argument and option', () => {
    for (const command of all(createProgram())) {
      const name = command.name();
      expect(command.description(), name).not.toBe('');
      for (const argument of command.registeredArguments)
        expect(argument.description, `${name} ${argument.name()}`).not.toBe('');
      for (const option of command.options) expect(option.description, `${name} ${option.flags}`).not.toBe('');
    }
  });

  it('offers --json and --data-dir on every command that does something', () => {
    for (const command of all(createProgram()).filter(({ commands }) => commands.length === 0)) {
      const flags = command.options.map(({ long }) => long);
      expect(flags, command.name()).toEqual(expect.arrayContaining(['--json', '--data-dir']));
    }
  });

  it('lists the exit codes', () => {
    let shown = '';
    createProgram()
      .configureOutput({ writeOut: (text) => (shown += text) })
      .outputHelp();
    expect(shown).toMatch(/Exit codes: 0 done, 1 the check said no, .* 70 a fault of Lineside\./s);
  });
});
