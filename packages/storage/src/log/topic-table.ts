/** The topics of a log: their folders, opened, made and removed. */

import {
  DiskError,
  type DiskErrorCode,
  type Env,
  type NewTopicSettings,
  TopicFailure,
  type TopicSettings,
} from '@millrace/engine'
import { removeAll } from '../remove-all.ts'
import type { Guard } from './guard.ts'
import { type ClosedEnds, topicFolders } from './log-folder.ts'
import type { ClosedEnd } from './open-partition.ts'
import { Partition } from './partition.ts'
import { PartitionReader } from './partition-reader.ts'
import { finishRescue, rescue, type Tail } from './rescue.ts'
import { SpareBuffers } from './spare-buffers.ts'
import { type OpenFiles, readWhole, UNFINISHED, writeWhole } from './stored-files.ts'
import { type OpenPartition, readSettings, SETTINGS_FILE, settingsFrame, Topic } from './topic.ts'
import { checkTopicName, toTopicSettings } from './topic-settings.ts'

export interface TopicTableOptions {
  readonly env: Pick<Env, 'disk' | 'clock' | 'timers' | 'random'>
  readonly folder: string
  readonly guard: Guard
  readonly files: OpenFiles
}

export class TopicTable {
  readonly #options: TopicTableOptions
  readonly #topics = new Map<string, Topic>()
  readonly #spare = new SpareBuffers()
  /** Names that are being made or removed. */
  readonly #busy = new Set<string>()
  /** The disk has refused to make or remove them to the end, so a folder may be in the way. */
  readonly #leftOver = new Set<string>()
  readonly #making = new Map<string, Promise<Topic>>()

  constructor(options: TopicTableOptions) {
    this.#options = options
  }

  /** A topic that is damaged is there, and says so to everybody who wants something of it. */
  async open(closed: ClosedEnds | undefined): Promise<void> {
    const { env, folder } = this.#options
    await finishRescue(env.disk, folder)
    for (const name of await topicFolders(env.disk, folder)) {
      let settings: TopicSettings
      try {
        const bytes = await readWhole(env.disk, `${folder}/${name}/${SETTINGS_FILE}`)
        settings = readSettings(name, bytes)
      } catch (error) {
        this.#topics.set(name, this.#damagedTopic(name, asDamage(name, error)))
        continue
      }
      this.#topics.set(name, await this.#openTopic(name, settings, closed ?? new Map()))
    }
    // Also of a log that was closed: of a topic that could not be read then, nothing was noted.
    await rescue(env.disk, folder, this.#tails())
  }

  #tails(): readonly Tail[] {
    const topics = [...this.#topics.values()]
    return topics.flatMap(({ partitions }) => partitions.flatMap((one) => one.partition.tail ?? []))
  }

  /** By name. */
  all(): readonly Topic[] {
    return [...this.#topics.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  find(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  get(name: string): Topic {
    const topic = this.#topics.get(name)
    if (topic !== undefined) return topic
    throw new TopicFailure(
      'unknown-topic',
      `There is no topic "${name}". Make it first, or correct its name.`,
    )
  }

  async create(name: string, given: NewTopicSettings): Promise<Topic> {
    checkTopicName(name)
    const settings = toTopicSettings(name, given)
    // Whoever hears that it exists finds it there.
    const before = this.#making.get(name)
    if (before !== undefined) await before.catch(() => undefined)
    const taken = [...this.#topics.keys(), ...this.#busy].find((other) => sameFile(other, name))
    if (taken !== undefined) throw exists(taken, name)
    const making = this.#make(name, settings)
    this.#making.set(name, making)
    try {
      return await making
    } finally {
      this.#making.delete(name)
    }
  }

  async #make(name: string, settings: TopicSettings): Promise<Topic> {
    this.#busy.add(name)
    try {
      for (const other of this.#leftOver) if (sameFile(other, name)) await this.#takeAway(other)
      this.#leftOver.add(name)
      await this.#createFolder(name, settings)
      const topic = await this.#openTopic(name, settings, new Map())
      // What the disk refuses to a topic that is new is no damage.
      if (topic.damage !== undefined) throw topic.damage.cause ?? topic.damage
      this.#topics.set(name, topic)
      this.#leftOver.delete(name)
      return topic
    } finally {
      this.#busy.delete(name)
    }
  }

  /** Made beside, so that a topic is there whole or not at all. */
  async #createFolder(name: string, settings: TopicSettings): Promise<void> {
    const { env, folder } = this.#options
    const unfinished = `${folder}/${UNFINISHED}new-${name}`
    if ((await env.disk.kindOf(unfinished)) !== 'nothing') await removeAll(env.disk, unfinished)
    for (let index = 0; index < settings.partitions; index++) {
      const own = `${unfinished}/${index}`
      await env.disk.makeFolder(own)
      const place = { disk: env.disk, folder: own, title: titleOf(name, index) }
      await Partition.create(place, env.random)
    }
    await writeWhole(env.disk, unfinished, SETTINGS_FILE, settingsFrame(settings))
    await env.disk.rename(unfinished, `${folder}/${name}`)
    await env.disk.syncFolder(folder)
  }

  async remove(name: string): Promise<void> {
    const topic = this.get(name)
    const { files } = this.#options
    this.#topics.delete(name)
    this.#busy.add(name)
    this.#leftOver.add(name)
    try {
      topic.damage ??= new TopicFailure('unknown-topic', `Topic "${name}" was removed.`)
      for (const { partition } of topic.partitions) {
        await partition.close()
        for (const segment of partition.segments) await files.forget(partition.pathOf(segment))
      }
      await this.#takeAway(name)
    } finally {
      this.#busy.delete(name)
    }
  }

  /** At once, and with what an earlier try has left of it. */
  async #takeAway(name: string): Promise<void> {
    const { disk } = this.#options.env
    const { folder } = this.#options
    const gone = `${folder}/${UNFINISHED}gone-${name}`
    if ((await disk.kindOf(`${folder}/${name}`)) !== 'nothing') {
      if ((await disk.kindOf(gone)) !== 'nothing') await removeAll(disk, gone)
      await disk.rename(`${folder}/${name}`, gone)
      await disk.syncFolder(folder)
    }
    if ((await disk.kindOf(gone)) !== 'nothing') await removeAll(disk, gone)
    this.#leftOver.delete(name)
  }

  async close(): Promise<ClosedEnds> {
    const ends = new Map<string, ClosedEnd>()
    for (const topic of this.#topics.values()) {
      for (const [index, { partition }] of topic.partitions.entries()) {
        ends.set(endKey(topic.name, index), await partition.close())
      }
    }
    return ends
  }

  async #openTopic(name: string, settings: TopicSettings, closed: ClosedEnds): Promise<Topic> {
    const { env, folder, guard, files } = this.#options
    const { clock, random, disk } = env
    const topic = new Topic(name, settings, env.timers)
    const partitions: OpenPartition[] = []
    try {
      for (let index = 0; index < settings.partitions; index++) {
        const partition = await Partition.open(
          {
            clock,
            random,
            disk,
            guard,
            files,
            spare: this.#spare,
            settings,
            folder: `${folder}/${name}/${index}`,
            title: titleOf(name, index),
            onAppended: () => topic.appended(),
          },
          closed.get(endKey(name, index)),
        )
        partitions.push({ partition, reader: new PartitionReader(partition, files) })
      }
      topic.partitions = partitions
    } catch (error) {
      for (const { partition } of partitions) await partition.close()
      topic.damage = asDamage(name, error)
    }
    return topic
  }

  #damagedTopic(name: string, failure: TopicFailure): Topic {
    const topic = new Topic(name, toTopicSettings(name, {}), this.#options.env.timers)
    topic.damage = failure
    return topic
  }
}

/** What the disk says of the process or of all files is not of this topic. */
const OF_ALL: ReadonlySet<DiskErrorCode> = new Set(['no-space', 'too-many-open-files'])
/** What is there may be as it was written: it could not be read. */
const UNREAD: ReadonlySet<DiskErrorCode> = new Set(['no-permission', 'other'])

/** What is not there, is another thing or cannot be read is damage, of its topic alone. */
function asDamage(name: string, error: unknown): TopicFailure {
  if (error instanceof TopicFailure) return error
  if (error instanceof DiskError && !OF_ALL.has(error.code)) {
    if (UNREAD.has(error.code)) {
      return new TopicFailure(
        'damaged',
        `Topic "${name}" could not be read: ${error.message} Look after the disk and start again; ` +
          'if that does not help, restore its folder from a copy, or remove the topic.',
        error,
      )
    }
    return new TopicFailure(
      'damaged',
      `Topic "${name}" is not as it was written: ${error.message} Restore its folder from a copy, ` +
        'or remove the topic.',
      error,
    )
  }
  throw error
}

function exists(taken: string, name: string): TopicFailure {
  const differs = taken === name ? '' : `, which is the same as "${name}" to some file systems`
  return new TopicFailure(
    'topic-exists',
    `There is a topic "${taken}" already${differs}. Choose another name.`,
    undefined,
    'topic',
  )
}

function sameFile(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

function titleOf(topic: string, partition: number): string {
  return `Topic "${topic}", partition ${partition}`
}

function endKey(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
