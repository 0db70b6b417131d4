/**
 * The commands and their options. What a command needs is loaded when it is called, so that
 * `--help` and a misspelt option cost nothing.
 */

import { Command, CommanderError } from 'commander'
import type { LetterOptions, LetterVerb } from './commands/dead-letters.ts'
import { LIMIT_OPTIONS } from './commands/limit-option-list.ts'
import type { ReplayOptions } from './commands/replay.ts'
import type { RunOptions } from './commands/run.ts'
import type { ServeOptions } from './commands/serve.ts'
import type { TopicOptions, TopicVerb } from './commands/topic.ts'
import type { ValidateOptions } from './commands/validate.ts'
import { isOfDisk } from './supervision/refusal.ts'
import { EXIT, type Terminal } from './terminal.ts'
import { VERSION } from './version.ts'

const HELP = 'Add --help to see what there is.'
const FROM =
  'begin topics and webhooks at earliest, latest, a time, or topic:partition=offset,...; with --state, or go on ' +
  'from the checkpoint with this number'
const ALLOW_NET =
  'let pipelines reach this host or range that is not on the internet; can be repeated'

/** Returns the exit code. */
export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  let code: number = EXIT.ok
  const program = createProgram(terminal, (exitCode) => {
    code = exitCode
  })
  try {
    await program.parseAsync(words, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof UnknownCommand) {
      terminal.stderr.write(await error.text())
      return EXIT.problems
    }
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.problems
    if (!isOfDisk(error)) throw error
    terminal.stderr.write(`${error.message} Look after it, or name another place.\n`)
    return EXIT.problems
  }
}

function createProgram(terminal: Terminal, end: (code: number) => void): Command {
  const { stdout, stderr } = terminal
  const program = new Command('millrace')
    .description('Runs and checks event-time stream pipelines.')
    .version(VERSION, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns,
      getErrHelpWidth: () => stderr.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(toSentence(text)),
    })
  const help = HELP
  program
    .command('run')
    .description('run a pipeline until its input ends')
    .argument('<file>', 'the pipeline document')
    .option('--set <node.field=value>', 'change a field of a node for this run', collect)
    .option('--batch-size <records>', 'records in a batch at most; results do not depend on it')
    .option('--state <folder>', 'keep checkpoints here, and go on from the newest one')
    .option('--from <place>', FROM)
    .option('--fresh', 'with --state: begin at the beginning, whatever is kept')
    .option('--allow-lost-state', 'with --state: go on although an edited node loses its state')
    .option('--savepoint <path>', 'with --state: begin with this savepoint, a folder or a file')
    .option('--savepoint-of <id>', 'with --savepoint: the pipeline whose it is, as a server says')
    .option('--data <folder>', 'topics are in here (default: .millrace)')
    .option('--allow-net <address>', ALLOW_NET, collect)
    .option('--port <port>', 'receive what is sent to webhooks of the pipeline here')
    .option('--record <folder>', 'record what comes in here, so that it can be replayed')
    .option('--json', 'print a summary with the ledger of every node as JSON')
    .option('--debug', 'show where in Millrace a bug is')
    .showHelpAfterError(help)
    .action(async (file: string, options: RunOptions) => {
      const { run } = await import('./commands/run.ts')
      end(await run(file, options, terminal))
    })
  program
    .command('validate')
    .description('say what is wrong with a pipeline, without running it')
    .argument('<file>', 'the pipeline document')
    .option('--data <folder>', 'look in this data folder for the topics that are read')
    .option('--server <url>', 'ask the server that has the data folder')
    .option('--json', 'print the problems as JSON')
    .showHelpAfterError(help)
    .action(async (file: string, options: ValidateOptions) => {
      const { validate } = await import('./commands/validate.ts')
      end(await validate(file, options, terminal))
    })
  program
    .command('schema')
    .description('print the JSON Schema of pipeline documents, or the columns on every edge of one')
    .argument('[file]', 'a pipeline document')
    .showHelpAfterError(help)
    .action(async (file: string | undefined) => {
      const { schema } = await import('./commands/schema.ts')
      end(await schema(file, terminal))
    })
  program
    .command('infer')
    .description('write the config of a file source from a sample of the file')
    .argument('<file>', 'JSON lines or CSV, plain or gzip')
    .showHelpAfterError(help)
    .action(async (file: string) => {
      const { infer } = await import('./commands/infer.ts')
      end(await infer(file, terminal))
    })
  addServeCommand(program, terminal, end, help)
  addReplayCommand(program, terminal, end, help)
  addTopicCommands(program, terminal, end, help)
  addLetterCommands(program, terminal, end, help)
  for (const group of [program, ...program.commands]) nameUnknownCommands(group)
  return program.showHelpAfterError(help)
}

/** Of a command that has others behind it. */
function nameUnknownCommands(group: Command): void {
  if (group.commands.length === 0) return
  group.on('command:*', ([word = '']: readonly string[]) => {
    throw new UnknownCommand(group, word)
  })
}

class UnknownCommand extends Error {
  readonly #group: Command
  readonly #word: string

  constructor(group: Command, word: string) {
    super(`There is no command "${word}".`)
    this.#group = group
    this.#word = word
  }

  async text(): Promise<string> {
    // Only now, since it is much to load.
    const { didYouMean } = await import('@millrace/pipeline')
    const { parent, commands } = this.#group
    const known = commands.map((command) => command.name())
    const whole = parent === null ? this.#word : `${this.#group.name()} ${this.#word}`
    const listed = known.map((name) => `"${name}"`).join(', ')
    const fact = `There is no command "${whole}".${didYouMean(this.#word, known)}`
    return `${fact} There are ${listed}.\n${HELP}\n`
  }
}

function addServeCommand(
  program: Command,
  terminal: Terminal,
  end: (code: number) => void,
  help: string,
): void {
  const command = program
    .command('serve')
    .description('serve the designer, and run the pipelines that are started there')
    .option('--port <port>', 'the port on this machine; PORT in the environment, or 4000')
    .option('--data <folder>', 'keep pipelines and jobs here (default: .millrace)')
    .option('--root <folder>', 'files of pipelines may be in here; can be repeated', collect)
    .option('--allow-host <name>', 'answer for this host name too; can be repeated', collect)
    .option('--allow-net <address>', ALLOW_NET, collect)
  for (const [words, what] of LIMIT_OPTIONS) command.option(words, what)
  command.showHelpAfterError(help).action(async (options: ServeOptions) => {
    const { serve } = await import('./commands/serve.ts')
    end(await serve(options, terminal))
  })
}

function addReplayCommand(
  program: Command,
  terminal: Terminal,
  end: (code: number) => void,
  help: string,
): void {
  program
    .command('replay')
    .description('run a recording again, and compare another version with the recorded one')
    .argument('<recording>', 'the folder of a recording')
    .argument('[file]', 'another version of the pipeline; its sinks write nothing')
    .option('--speed <factor>', '1 is the recorded pace (default: as fast as it goes)')
    .option(
      '--key <sink=columns>',
      'pair rows of a sink by these columns, as out=user,page',
      collect,
    )
    .option('--fail-on-difference', 'exit with 3 where the versions differ')
    .option('--json', 'print the whole result as JSON')
    .showHelpAfterError(help)
    .action(async (folder: string, file: string | undefined, options: ReplayOptions) => {
      const { replay } = await import('./commands/replay.ts')
      end(await replay(folder, file, options, terminal))
    })
}

/** Each is a verb behind `topic`. */
function addTopicCommands(
  program: Command,
  terminal: Terminal,
  end: (code: number) => void,
  help: string,
): void {
  const topic = program.command('topic').description('look after the topics of the log')
  const add = (name: string, description: string) =>
    topic
      .command(name)
      .description(description)
      .option('--data <folder>', 'the data folder they are in (default: .millrace)')
      .option('--server <url>', 'ask the server that has the data folder')
      .option('--json', 'print JSON')
      .showHelpAfterError(help)
  const act = async (verb: TopicVerb, options: TopicOptions, name = '', value?: string) => {
    const { runTopicCommand } = await import('./commands/topic.ts')
    end(await runTopicCommand(verb, { ...options, name, value }, terminal))
  }
  add('list', 'list the topics').action((options) => act('list', options))
  add('create', 'make a topic')
    .argument('<topic>')
    .option('--partitions <count>', 'how many partitions it has (default: 1)')
    .option('--compact', 'keep only the newest record of each key')
    .option('--retention <duration>', 'how long records are kept, such as 7d')
    .option('--retention-size <size>', 'how much of a partition is kept, such as 1GB')
    .action((name, options) => act('create', options, name))
  add('describe', 'show partitions, offsets and settings of a topic')
    .argument('<topic>')
    .action((name, options) => act('describe', options, name))
  add('read', 'print records, a JSON object a line')
    .argument('<topic>')
    .option('--partition <number>', 'only this one')
    .option('--offset <number>', 'from this offset on (default: the earliest)')
    .option('--at <time>', 'from the first record that is not before this time on')
    .option('--limit <count>', 'how many of each partition (default: 100)')
    .action((name, options) => act('read', options, name))
  add('produce', 'write a record')
    .argument('<topic>')
    .argument('[value]', 'the value as text; left out, the record says that its key is gone')
    .option('--key <text>', 'the key')
    .option('--partition <number>', 'where it goes')
    .option('--idempotency-key <text>', 'write it once, however often this is repeated')
    .action((name, value, options) => act('produce', options, name, value))
  add('delete', 'remove a topic with all its records')
    .argument('<topic>')
    .option('--yes', 'yes, all of them')
    .action((name, options) => act('delete', options, name))
}

/** Each is a verb behind `dead-letters`, and takes the pipeline first. */
function addLetterCommands(
  program: Command,
  terminal: Terminal,
  end: (code: number) => void,
  help: string,
): void {
  const letters = program
    .command('dead-letters')
    .description('look at what the jobs of a pipeline refused, and send it in again')
  const add = (name: string, description: string) =>
    letters
      .command(name)
      .description(description)
      .argument('<pipeline>', 'its name, or its id')
      .option('--data <folder>', 'the data folder they are in (default: .millrace)')
      .option('--server <url>', 'ask the server that has the data folder')
      .option('--json', 'print JSON')
      .showHelpAfterError(help)
  const act = async (verb: LetterVerb, call: LetterOptions, pipeline: string, named: string[]) => {
    const { runLetterCommand } = await import('./commands/dead-letters.ts')
    end(await runLetterCommand(verb, { ...call, pipeline, letters: named }, terminal))
  }
  const addChoice = (name: 'replay' | 'discard' | 'restore', description: string) =>
    add(name, description)
      .argument('[letters...]', 'their names, as "list" prints them')
      .option('--group <number>', 'all of this group instead')
      .option('--all', 'all of the pipeline instead')
      .action((pipeline, named, options) => act(name, options, pipeline, named))
  add('groups', 'list the causes, with how many letters each has').action((pipeline, options) =>
    act('groups', options, pipeline, []),
  )
  add('list', 'list letters, the newest first')
    .option('--group <number>', 'only of this group')
    .option(
      '--state <states>',
      'of open, sent, done and discarded, with commas (default: not the last)',
    )
    .option('--search <text>', 'only those whose record contains it')
    .option('--limit <count>', 'how many (default: 100)')
    .option('--before <number>', 'go on where the list before ended')
    .action((pipeline, options) => act('list', options, pipeline, []))
  add('show', 'print one letter with its record')
    .argument('<letter>')
    .action((pipeline, letter, options) => act('show', options, pipeline, [letter]))
  addChoice('replay', 'send open letters in again, at the node that refused them')
    .option('--text <text>', 'send this in place of the record of one letter')
    .option('--file <path>', 'send what is in this file in its place')
    .option('--event-time <time>', 'give the record this event time')
  addChoice('discard', 'let open letters go').option('--yes', 'yes, let them go')
  addChoice('restore', 'take back that letters were discarded, within a day')
  add('export', 'print letters in full, a JSON object a line, the oldest first')
    .option('--group <number>', 'only of this group')
    .action((pipeline, options) => act('export', options, pipeline, []))
}

function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text]
}

/** `error: unknown option '--jsn'` is `Unknown option '--jsn'.` */
function toSentence(text: string): string {
  const [first = '', ...rest] = text
    .replace(/^error: /, '')
    .trimEnd()
    .split('\n')
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1)}`
  return [sentence.endsWith('.') ? sentence : `${sentence}.`, ...rest, ''].join('\n')
}
