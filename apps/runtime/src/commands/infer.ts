/** `millrace infer`: writes the config of a file source from a sample of the file. */

import { inferFile } from '@millrace/connectors/node'
import { JobFailed } from '@millrace/engine'
import { resolveFrom } from '../document-file.ts'
import { EXIT, type Terminal } from '../terminal.ts'

export async function infer(file: string, terminal: Terminal): Promise<number> {
  const { env, folder, stdout, stderr } = terminal
  const place = { written: file, absolute: resolveFrom(folder, file), folder }
  try {
    const { config, notes } = await inferFile(place, env.disk)
    stdout.write(`${JSON.stringify(config, null, 2)}\n`)
    for (const note of notes) stderr.write(`${note}\n`)
    return EXIT.ok
  } catch (error) {
    if (!(error instanceof JobFailed)) throw error
    stderr.write(`${error.message}\n`)
    return EXIT.problems
  }
}
