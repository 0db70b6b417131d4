/**
 * The commands and their options. What a command needs is loaded when it is called, so that
 * `--help` and a misspelt option cost nothing.
 */

import { Command, CommanderError } from 'commander'
import type { RunOptions } from './commands/run.ts'
import type { ServeOptions } from './commands/serve.ts'
import { EXIT, type Terminal } from './terminal.ts'
import { VERSION } from './version.ts'

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
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? EXIT.ok : EXIT.problems
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
  const help = 'Add --help to see what there is.'
  program
    .command('run')
    .description('run a pipeline until its input ends')
    .argument('<file>', 'the pipeline document')
    .option('--set <node.field=value>', 'change a field of a node for this run', collect)
    .option('--batch-size <records>', 'records in a batch at most; results do not depend on it')
    .option('--state <folder>', 'keep state here (not available yet)')
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
    .option('--json', 'print the problems as JSON')
    .showHelpAfterError(help)
    .action(async (file: string, options: { readonly json?: boolean }) => {
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
  program
    .command('serve')
    .description('serve the designer, and run the pipelines that are started there')
    .option('--port <port>', 'the port on this machine; PORT in the environment, or 4000')
    .option('--data <folder>', 'keep pipelines and jobs here (default: .millrace)')
    .option('--root <folder>', 'files of pipelines may be in here; can be repeated', collect)
    .option('--allow-host <name>', 'answer for this host name too; can be repeated', collect)
    .showHelpAfterError(help)
    .action(async (options: ServeOptions) => {
      const { serve } = await import('./commands/serve.ts')
      end(await serve(options, terminal))
    })
  return program.showHelpAfterError(help)
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
