/**
 * `millrace dead-letters`: looks at what the jobs of a pipeline refused, sends it in again, lets it
 * go, or writes it out; in a data folder that nobody else has open, or through the server that has
 * it.
 */

import { resolve } from 'node:path'
import { type Disk, DiskError } from '@millrace/engine'
import { isoTimestamp, parseTimestamp, wire } from '@millrace/pipeline'
import { readStart } from '../document-file.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { Terminal } from '../terminal.ts'
import { countText, leftTable } from '../text-table.ts'
import { toWireText } from '../topic-wire.ts'
import {
  type LetterAccess,
  type LettersQuery,
  type NamedPipeline,
  openFolderLetters,
  openServerLetters,
} from './letter-access.ts'
import { BadOption, wholeNumber, withAccess } from './with-access.ts'

export type LetterVerb = 'groups' | 'list' | 'show' | 'replay' | 'discard' | 'restore' | 'export'

export interface LetterOptions {
  readonly data?: string
  readonly server?: string
  readonly json?: boolean
  readonly group?: string
  readonly all?: boolean
  readonly state?: string
  readonly before?: string
  readonly search?: string
  readonly limit?: string
  readonly text?: string
  readonly file?: string
  readonly eventTime?: string
  readonly yes?: boolean
}

type Call = LetterOptions & { readonly pipeline: string; readonly letters: readonly string[] }

const LIMIT = 100
/** The API gives no more at once. */
const LIMIT_MAX = 1000
const LINE_LENGTH = 60
const RECORD_BYTES_MAX = 1024 * 1024

interface Asked {
  readonly access: LetterAccess
  readonly id: string
  readonly call: Call
  readonly terminal: Terminal
}

export function runLetterCommand(
  verb: LetterVerb,
  call: Call,
  terminal: Terminal,
): Promise<number> {
  const ways = { openFolder: openFolderLetters, openServer: openServerLetters }
  return withAccess(call, ways, terminal, async (access) => {
    const { id } = choosePipeline(await access.pipelines(), call.pipeline)
    await checkGroup(access, id, call)
    await VERBS[verb]({ access, id, call, terminal })
  })
}

async function checkGroup(access: LetterAccess, id: string, { group }: Call): Promise<void> {
  if (group === undefined) return
  const wanted = wholeNumber('--group', group)
  const { groups } = await access.groups(id)
  if (groups.some((known) => known.group === wanted)) return
  const known = groups.slice(0, 10).map((one) => one.group)
  const there = known.length === 0 ? 'There are none.' : `There are ${known.join(', ')}.`
  throw new BadOption(`There is no cause ${wanted}. ${there} "groups" says what each of them is.`)
}

/** By its id, or by its name where only one is called so. */
function choosePipeline(pipelines: readonly NamedPipeline[], text: string): NamedPipeline {
  const byId = pipelines.find(({ id }) => id === text)
  const byName = pipelines.filter(({ name }) => name === text)
  const [found] = byId === undefined ? byName : [byId]
  if (byId === undefined && byName.length > 1) {
    const ids = byName.map(({ id }) => id).join(', ')
    throw new BadOption(
      `There are ${byName.length} pipelines "${text}". Name one by its id: ${ids}.`,
    )
  }
  if (found !== undefined) return found
  const known = pipelines.slice(0, 10).map(({ name }) => `"${name}"`)
  const more = pipelines.length > known.length ? ` and ${pipelines.length - known.length} more` : ''
  const there =
    known.length === 0 ? 'There are none here.' : `There are ${known.join(', ')}${more}.`
  throw new BadOption(`There is no pipeline "${text}". ${there} Name one by its name or its id.`)
}

const VERBS: Readonly<Record<LetterVerb, (asked: Asked) => Promise<void>>> = {
  groups: async ({ access, id, call, terminal }) => {
    const found = await access.groups(id)
    terminal.stdout.write(call.json ? `${JSON.stringify(found)}\n` : groupsText(found))
  },
  list: async ({ access, id, call, terminal }) => {
    const page = await listed(access, id, {
      ...(call.group === undefined ? {} : { group: wholeNumber('--group', call.group) }),
      ...(call.state === undefined ? {} : { state: statesOf(call.state) }),
      ...(call.before === undefined ? {} : { before: wholeNumber('--before', call.before) }),
      ...(call.search === undefined ? {} : { search: searchOf(call.search) }),
      limit: wholeNumber('--limit', call.limit ?? `${LIMIT}`, 1, LIMIT_MAX),
    })
    terminal.stdout.write(call.json ? `${JSON.stringify(page)}\n` : listText(page))
  },
  show: async ({ access, id, call, terminal }) => {
    const letter = await access.show(id, only(call))
    terminal.stdout.write(call.json ? `${JSON.stringify(letter)}\n` : letterText(letter))
  },
  replay: async (asked) => {
    const { call, access, id, terminal } = asked
    const corrected = await correction(asked)
    if (corrected !== undefined) {
      const sent = await access.replayOne(id, only(call), corrected)
      const text = `Sent in again: ${sent.letter}. It waits for the job.\n`
      terminal.stdout.write(call.json ? `${JSON.stringify(sent)}\n` : text)
      return
    }
    const sent = await access.replay(id, chosen(call))
    const text = `Sent in again: ${lettersText(sent)}.\n`
    terminal.stdout.write(call.json ? `${JSON.stringify({ sent })}\n` : text)
    await sayLeftOut(asked, sent)
  },
  discard: async (asked) => {
    const { access, id, call, terminal } = asked
    const which = chosen(call)
    if (call.yes !== true) {
      throw new BadOption(
        'Letters that are discarded count nowhere; for a day "restore" takes it back, then their records are ' +
          'removed. Add --yes to do it.',
      )
    }
    const discarded = await access.discard(id, which)
    const text = `Discarded: ${lettersText(discarded)}.\n`
    terminal.stdout.write(call.json ? `${JSON.stringify({ discarded })}\n` : text)
    await sayLeftOut(asked, discarded)
  },
  restore: async (asked) => {
    const { access, id, call, terminal } = asked
    const restored = await access.restore(id, chosen(call))
    const text = `Open again: ${lettersText(restored)}.\n`
    terminal.stdout.write(call.json ? `${JSON.stringify({ restored })}\n` : text)
    await sayLeftOut(asked, restored)
  },
  export: async ({ access, id, call, terminal }) => {
    const group = call.group === undefined ? undefined : wholeNumber('--group', call.group)
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: { letters: object[]; next?: number | undefined } = await access.exportSome(id, {
        ...(group === undefined ? {} : { group }),
        after,
      })
      for (const letter of page.letters) terminal.stdout.write(`${JSON.stringify(letter)}\n`)
      after = page.next
    }
  },
}

/** Of letters that were named, those with which nothing could be done, and why. */
async function sayLeftOut({ access, id, call }: Asked, done: number): Promise<void> {
  const { letters } = call
  if (done >= letters.length) return
  const lines: string[] = []
  for (const letter of letters) {
    const line = await access.show(id, letter).then(
      ({ state }) => `It is ${state}.`,
      (error: unknown) => {
        if (error instanceof Refusal) return error.message
        throw error
      },
    )
    lines.push(`${letter}: ${line}`)
  }
  const left = countText(letters.length - done)
  const all = lettersText(letters.length)
  throw new BadOption(
    `Nothing was done with ${left} of ${all}. So they stand now:\n${lines.join('\n')}`,
  )
}

/** What is sent in place of the record; undefined where it is sent as it came. */
async function correction({ call, terminal }: Asked) {
  const { text, file, eventTime } = call
  if (text !== undefined && file !== undefined) {
    throw new BadOption('--text and --file both say what is sent in. Give one of them.')
  }
  const eventTimeMs = eventTime === undefined ? undefined : instantMs(eventTime)
  if (text === undefined && file === undefined && eventTimeMs === undefined) return undefined
  const raw =
    file === undefined
      ? text && { text }
      : await readRecord(resolve(terminal.folder, file), terminal.env.disk)
  return {
    ...(raw ? { raw } : {}),
    ...(eventTimeMs === undefined ? {} : { eventTimeMs }),
  }
}

async function readRecord(path: string, disk: Disk): Promise<wire.TopicText> {
  try {
    const bytes = await readStart(path, RECORD_BYTES_MAX + 1, disk)
    if (bytes.length <= RECORD_BYTES_MAX) return toWireText(new Uint8Array(bytes))
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    throw new BadOption(`${error.message} Correct --file.`)
  }
  throw new BadOption(
    `"${path}" has more than ${countText(RECORD_BYTES_MAX)} bytes, and a record may have that many. Divide it.`,
  )
}

function chosen({ letters, group, all }: Call): wire.LettersChosen {
  const ways = [letters.length > 0, group !== undefined, all === true].filter((way) => way)
  if (ways.length !== 1) {
    throw new BadOption(
      'Name the letters that are meant, or their group with --group, or say --all: one of the three.',
    )
  }
  if (group !== undefined) return { group: wholeNumber('--group', group) }
  return all === true ? { all } : { letters: [...letters] }
}

function only({ letters }: Call): string {
  const [letter] = letters
  if (letter !== undefined && letters.length === 1) return letter
  throw new BadOption(`This takes one letter, and ${letters.length} are named. Name one.`)
}

function statesOf(text: string): string {
  const { success } = wire.letterPageQuery.safeParse({ state: text })
  if (success) return text
  const known = wire.letterState.options.join(', ')
  throw new BadOption(`--state is "${text}" and must be one or more of ${known}, with commas.`)
}

function instantMs(text: string): number {
  const read = parseTimestamp(text)
  if (read !== null) return read
  throw new BadOption(
    `--event-time is "${text}" and must be a time such as "2026-01-01T00:00:00Z".`,
  )
}

function groupsText({ groups, books }: Awaited<ReturnType<LetterAccess['groups']>>): string {
  const { open, sent, done, discarded, seen, expired, displaced } = books
  const gone = expired + displaced
  const parts = [
    `${countText(open)} open`,
    ...(sent === 0 ? [] : [`${countText(sent)} on their way`]),
    `${countText(done)} accepted`,
    `${countText(discarded)} discarded`,
    ...(gone === 0 ? [] : [`${countText(gone)} not kept`]),
  ]
  const sums = `${countText(seen)} refused in all: ${parts.join(', ')}.\n`
  if (groups.length === 0) return sums
  const rows = groups.map((group) => [
    ...[`${group.group}`, group.nodeId, group.code],
    ...[group.open, group.sent, group.done, group.discarded].map(countText),
    ...[isoTimestamp(group.firstAtMs), isoTimestamp(group.lastAtMs), group.pattern],
  ])
  const heads = [
    'group',
    'node',
    'code',
    'open',
    'sent',
    'done',
    'discarded',
    'first',
    'last',
    'cause',
  ]
  return `${sums}${leftTable([heads, ...rows], NUMBERS)}`
}

/** The columns that are set right. */
const NUMBERS: ReadonlySet<number> = new Set([0, 3, 4, 5, 6])

/** A search looks at some letters at a time, and is asked to go on until it has found enough. */
async function listed(
  access: LetterAccess,
  id: string,
  query: LettersQuery,
): ReturnType<LetterAccess['list']> {
  const page = await access.list(id, query)
  const letters = [...page.letters]
  let { next } = page
  while (query.search !== undefined && next !== undefined && letters.length < query.limit) {
    const limit = query.limit - letters.length
    const more = await access.list(id, { ...query, before: next, limit })
    letters.push(...more.letters)
    next = more.next
  }
  return next === undefined ? { letters } : { letters, next }
}

function searchOf(text: string): string {
  const max = wire.LETTER_SEARCH_LENGTH_MAX
  if (text !== '' && text.length <= max) return text
  throw new BadOption(`--search has ${text.length} characters. Give 1 to ${max}.`)
}

function listText({ letters, next }: Awaited<ReturnType<LetterAccess['list']>>): string {
  if (letters.length === 0) return 'There are no such letters.\n'
  const rows = letters.map((letter) => [
    ...[letter.letter, isoTimestamp(letter.refusedAtMs), letter.state, positionOf(letter)],
    letter.beginning.replace(/\s+/g, ' ').slice(0, LINE_LENGTH),
  ])
  const table = leftTable([['letter', 'refused', 'state', 'place', 'record'], ...rows], new Set())
  return next === undefined ? table : `${table}More: --before ${next}\n`
}

function positionOf(letter: Awaited<ReturnType<LetterAccess['list']>>['letters'][number]): string {
  const { file, line, offsetBytes, topic, partition, offset } = letter
  if (topic !== undefined) return `${topic}/${partition ?? 0}@${offset ?? ''}`
  const at = line === undefined ? [] : [`line ${line}`]
  const byte = offsetBytes === undefined ? [] : [`byte ${offsetBytes}`]
  return [...(file === undefined ? [] : [file]), ...at, ...byte].join(', ')
}

function letterText(letter: wire.LetterInFull): string {
  const { raw, edited, attempts, result, followers, eventTimeMs, replayable } = letter
  const place = positionOf(letter)
  const facts = [
    ['letter', letter.letter],
    ['node', `${letter.nodeId} (${letter.operator})`],
    ['state', result === undefined ? letter.state : `${letter.state}, ${result}`],
    ['cause', `${letter.code}: ${letter.message}`],
    ['refused', isoTimestamp(letter.refusedAtMs)],
    ...(eventTimeMs === undefined ? [] : [['event time', isoTimestamp(eventTimeMs)]]),
    ...(place === '' ? [] : [['place', place]]),
    ...(attempts === 0 ? [] : [['sent in', `${attempts}×`]]),
    ...(replayable ? [] : [['replay', 'not possible: it is a result of records that were used']]),
    ...followers.map((one) => ['followed by', `${one.letter}: ${one.message}`]),
  ]
  const record = `\n${recordText(raw)}\n`
  const corrected = edited === undefined ? '' : `\nAs it was sent in:\n${recordText(edited)}\n`
  return `${leftTable(facts, new Set())}${record}${corrected}`
}

function recordText(record: wire.TopicText): string {
  return 'text' in record ? record.text : `base64: ${record.base64}`
}

function lettersText(count: number): string {
  return `${countText(count)} ${count === 1 ? 'letter' : 'letters'}`
}
