/**
 * Bugs that are planted into the real sources to see whether they are found. Each is a class of
 * mistakes that somebody could make in good faith. `find` stands in the file exactly once.
 */

/**
 * Where it is looked for: random jobs, those that are moved or edited, recordings of some, jobs
 * whose dead letters are sent in again, or crash states of what is stored.
 */
export type Arena = 'jobs' | 'moves' | 'edits' | 'recordings' | 'letters' | 'checkpoints' | 'log'

export interface PlantedBug {
  readonly name: string
  readonly arena: Arena
  /** A seed that has shown it, of those that are searched. */
  readonly shownBy: number
  /** From the root. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

type Plant = readonly [name: string, shownBy: number, find: string, replace: string]

function inFile(arena: Arena, file: string, plants: readonly Plant[]): readonly PlantedBug[] {
  return plants.map(([name, ...rest]) => {
    const [shownBy, find, replace] = rest
    return { arena, file, name, shownBy, find, replace }
  })
}

const CHECKPOINT_FILES = inFile('checkpoints', 'packages/storage/src/checkpoint-files.ts', [
  ['a checkpoint is not synced', 1, '    await file.sync()\n', ''],
  [
    'a checkpoint keeps its name without the folder being synced',
    1,
    '    await disk.syncFolder(folder)\n    this.#files.push',
    '    this.#files.push',
  ],
  [
    'what a killed process left is read before its name is certain',
    1,
    '  if (!readOnly) await disk.syncFolder(folder)\n  return new CheckpointFiles',
    '  return new CheckpointFiles',
  ],
  ['a checkpoint is written where it is read', 1, 'const part = path + PART', 'const part = path'],
  [
    'deleted entries come back',
    1,
    'if (header.parent !== undefined) seen.add(entry.key)',
    'if (header.parent !== undefined && entry.value !== undefined) seen.add(entry.key)',
  ],
  [
    'the oldest value of a key wins',
    1,
    'for (const file of chain) {\n    const { header } = file',
    'for (const file of [...chain].reverse()) {\n    const { header } = file',
  ],
  [
    'files that others go on from are let go',
    3,
    'kept.flatMap((chain) => chain.map(({ path }) => path))',
    'kept.flatMap((chain) => chain.slice(0, 1).map(({ path }) => path))',
  ],
  [
    'what was brought together is another checkpoint than what goes on from it',
    1,
    'const header = { ...chain[0].header, parent: undefined }',
    'const header = { ...chain[0].header, stamp: 0.5, parent: undefined }',
  ],
  [
    'changes are stored as if they were everything',
    1,
    'full || last === undefined ? undefined',
    'full || last !== undefined ? undefined',
  ],
  [
    'the file with everything is written without its changes',
    1,
    'await this.#writeFile(header, entriesOf(this.#options.disk, chain))',
    'await this.#writeFile(header, entriesOf(this.#options.disk, [chain.at(-1) ?? chain[0]]))',
  ],
  [
    'what is half written is taken for whole',
    1,
    'else if (!readOnly) await disk.remove(path)',
    'else if (!readOnly) await disk.rename(path, path.slice(0, -PART.length))',
  ],
])

const CHECKPOINT_READER = inFile('checkpoints', 'packages/storage/src/checkpoint-reader.ts', [
  ['checksums are not looked at', 1, '!== checksum) {', '!== checksum && length === 0) {'],
  [
    'a checkpoint may end anywhere',
    1,
    "if (payload === undefined) throw blocks.damaged('Its end is missing.')",
    'if (payload === undefined) return',
  ],
  [
    'bytes behind the end are let pass',
    1,
    "if (!blocks.ended) throw blocks.damaged('Something stands behind its end.')",
    '',
  ],
])

const LOG = [
  ...inFile('log', 'packages/storage/src/log/partition.ts', [
    ['an append is not synced', 1, 'await (this.#file as DiskFile).sync()', ''],
    [
      'an append is shown and acknowledged before it is synced',
      1,
      'await this.syncHidden()\n      this.showHidden()',
      'this.showHidden()',
    ],
    [
      'what follows a transaction keeps the offsets it had',
      2,
      'this.#nextOffset = this.endOffset\n    if (this.#group === undefined) return',
      'if (this.#group === undefined) return',
    ],
  ]),
  ...inFile('log', 'packages/storage/src/log/stored-files.ts', [
    ['small files are not synced', 1, 'if (synced) await file.sync()', ''],
    ['names of small files are not synced', 1, 'if (synced) await disk.syncFolder(folder)', ''],
  ]),
  ...inFile('log', 'packages/storage/src/log/transactions.ts', [
    [
      'a transaction is appended again by whoever finishes it',
      1,
      'const left = records.slice(write.skip)',
      'const left = records.slice(0)',
    ],
    [
      'the decision to commit is not synced',
      1,
      'await this.#write(transaction, committedFrame(transaction))\n        await this.#sync(transaction)',
      'await this.#write(transaction, committedFrame(transaction))',
    ],
    [
      'the partitions of a transaction are not synced',
      1,
      'for (const { open } of parts) await open.partition.syncHidden()',
      '',
    ],
  ]),
  ...inFile('log', 'packages/storage/src/log/log-folder.ts', [
    [
      'a log that a crash left half made does not start',
      1,
      'names.find((name) => !name.startsWith(UNFINISHED))',
      'names.find((name) => name !== FORMAT_FILE)',
    ],
  ]),
  ...inFile('log', 'packages/storage/src/frame.ts', [
    [
      'frames are not held to their checksums',
      1,
      '!== checksum(bytes, atBytes, length)) return',
      '< 0) return',
    ],
  ]),
]

const SINKS = [
  ...inFile('jobs', 'packages/connectors/src/writing/part-file.node.ts', [
    ['output is not synced', 1, 'await this.#file.sync()\n        if (this', 'if (this'],
    [
      'a file gets its name without the folder being synced',
      1,
      '      this.#committed = true\n      await disk.syncFolder(folderOf(this.#target))',
      '      this.#committed = true',
    ],
    [
      'a part that a checkpoint counts on has no lasting name',
      27,
      'if (this.#options.checkpointed) await this.#keepName()\n',
      '',
    ],
    [
      'output is written where it is read',
      2,
      'get #partPath(): string {',
      "get #partPath(): string {\n    if (this.#target !== '') return this.#target",
    ],
    [
      'a restart does not complete what was committed',
      22,
      'await this.#rename()\n      this.#wholeBytes',
      'this.#wholeBytes',
    ],
    [
      'a cut leaves out what waits to be written',
      1,
      'this.#file.handOver()\n    this.#ended',
      'this.#ended',
    ],
    [
      'a file is complete at every checkpoint',
      2,
      'if (this.#ended && (prepared as unknown as PreparedPart).isLast) await',
      'await',
    ],
  ]),
  ...inFile('jobs', 'packages/connectors/src/writing/complete-file.ts', [
    [
      'a part is not cut where the checkpoint stands',
      2,
      'await file.truncate(counted.bytes)\n',
      '',
    ],
    [
      'a restart begins the file anew',
      18,
      "await disk.open(counted.partPath, 'append')",
      "await disk.open(counted.partPath, 'create')",
    ],
  ]),
  ...inFile('jobs', 'packages/connectors/src/writing/block-file.node.ts', [
    [
      'lengths are counted in letters',
      18,
      "const bytes = Buffer.from(this.#text)\n    this.#text = ''\n    this.#bytes += bytes.length",
      "const bytes = Buffer.from(this.#text)\n    this.#bytes += this.#text.length\n    this.#text = ''",
    ],
    [
      'a write that was refused is forgotten',
      87,
      '        this.#failure = failure\n        this.#options.fail(failure instanceof Error ? failure : new Error(String(failure)))\n',
      '',
    ],
  ]),
]

const CHECKPOINTS = [
  ...inFile('jobs', 'packages/engine/src/job-checkpoints.ts', [
    [
      'sinks commit before the checkpoint is stored',
      22,
      '      await store.write({',
      '      for (const { sink, saved } of prepared) await sink.commit(saved)\n' +
        '      await store.write({',
    ],
    [
      'every checkpoint says that it is everything',
      28,
      'await store.write({ id, atMs, full,',
      'await store.write({ id, atMs, full: true,',
    ],
    [
      'the last node is left out of checkpoints',
      25,
      'of nodes) {\n      const keys',
      'of nodes.slice(0, -1)) {\n      const keys',
    ],
    ['ids begin anew after a restart', 2, 'this.#lastId = options.lastId', 'this.#lastId = 0'],
    ['the end of the input is not stored', 1, 'finished: isLast,', 'finished: false,'],
    [
      'sinks forget what they had prepared',
      16,
      '.recover(graph.preparedBy(nodeId))',
      '.recover(undefined)',
    ],
    [
      'what a node keeps is cut after turns have gone on',
      2,
      'const prepared = await prepareAll(outputs)',
      'const prepared = await prepareAll(outputs)\n      for (const one of nodes) one.saved = graph.save(graph.find(one.nodeId) as never)',
    ],
  ]),
  ...inFile('jobs', 'packages/engine/src/job-graph.ts', [
    ['state is not restored', 27, 'const stored = goesOn ?', 'const stored = !goesOn ?'],
    ['the books are not restored', 1, 'ledger.restore(saved.ledger)\n', ''],
  ]),
  ...inFile('jobs', 'packages/engine/src/job.ts', [
    [
      'a checkpoint is cut in the middle of a turn',
      56,
      "if (this.#hadFinished) return 'done'\n",
      "if (this.#hadFinished) return 'done'\n    this.#cutIfDue(this.#env.clock.monotonicMs())\n",
    ],
    [
      'records come before sinks have taken back what was written',
      17,
      "if (this.#writing.recovering) return 'waiting'\n",
      '',
    ],
  ]),
  ...inFile('jobs', 'packages/engine/src/job-writing.ts', [
    [
      'a checkpoint that could not be stored is passed over',
      26,
      'this.#told(checkpoints.take(false))',
      'checkpoints.take(false).catch(() => undefined)',
    ],
  ]),
  ...inFile('jobs', 'packages/engine/src/source-node.ts', [
    [
      'watermarks begin anew',
      334,
      'watermarks: this.#watermarks?.save(),',
      'watermarks: undefined,',
    ],
    [
      'nothing is skipped after a restart',
      35,
      'saved?.replayable === true ? saved.handedOn : 0',
      '0',
    ],
  ]),
  ...inFile('jobs', 'packages/engine/src/source-mailbox.ts', [
    [
      'records that could not be read are read again',
      612,
      'this.#skipped + this.row + this.reject',
      'this.#skipped + this.row',
    ],
    [
      'what a first restart skipped, a second one does not',
      395,
      'this.#toSkip + this.#skipped + this.row',
      'this.row',
    ],
    [
      'the position runs ahead of the records',
      2,
      'get position(): Saved {\n    return this.#position',
      'get position(): Saved {\n    return this.#chunks[0]?.next ?? this.#position',
    ],
  ]),
  ...inFile('jobs', 'packages/engine/src/source-watermarks.ts', [
    [
      'a restart lets a watermark go that was not due',
      1014,
      'saved?.nextMs ?? START_OF_TIME_MS',
      'START_OF_TIME_MS',
    ],
  ]),
  ...inFile('moves', 'packages/engine/src/memory-table.ts', [
    [
      'entries of a namespace that was dropped come back',
      49,
      'if (stored) this.#changes?.dropped.push([namespace, entries])\n    // Nothing of it has ever been stored, so there is nothing to delete.\n    else',
      'if (!stored)',
    ],
    [
      'restored namespaces are not known to be stored',
      52,
      'if (namespace !== this.#lastNamespace) this.#storedNamespaces.add(namespace)\n',
      '',
    ],
  ]),
  ...inFile('moves', 'packages/engine/src/source-watermarks.ts', [
    ['the latest time is forgotten', 2, 'saved?.latestMs.slice() ?? new', 'new'],
  ]),
  ...inFile('jobs', 'packages/engine/src/valve.ts', [
    ['inputs forget their watermarks', 617, 'saved?.channels[index] ?? START_', 'START_'],
  ]),
  ...inFile('jobs', 'packages/connectors/src/reading/line-records.node.ts', [
    [
      'lines are counted anew after a restart',
      745,
      '{ offsetBytes, line, decoder',
      '{ offsetBytes, line: 1, decoder',
    ],
    ['a restart reads from the beginning', 28, 'this.#from?.offsetBytes ?? 0', '0'],
  ]),
]

const STATE = [
  ...inFile('jobs', 'packages/engine/src/memory-state.ts', [
    ['a value that was set is not stored', 27, '    this.#changed = true\n', ''],
  ]),
  ...inFile('jobs', 'packages/engine/src/memory-timers.ts', [
    [
      'timers that were set are not stored',
      2,
      'this.#steps?.push({ timer: { timeMs, namespace, key }, isSet: true })',
      '',
    ],
    [
      'of a timer the first thing that happened counts',
      224,
      'let index = steps.length - 1; index >= 0; index--',
      'let index = 0; index < steps.length; index++',
    ],
  ]),
  ...inFile('jobs', 'packages/engine/src/memory-table.ts', [
    [
      'an entry that was changed in place is not stored',
      20,
      'return undefined\n    if (this.#changes !== undefined) this.#note(namespace, key)\n',
      'return undefined\n',
    ],
    [
      'an entry that was deleted comes back',
      46,
      'if (entries === undefined) return\n    if (this.#changes !== undefined) this.#note(namespace, key)\n',
      'if (entries === undefined) return\n',
    ],
    [
      'an entry that is changed while it is being stored is stored too new',
      28,
      'this.#cut?.beforeChange(namespace, key)\n',
      '',
    ],
  ]),
]

/** Where most state lies since groups that are numbers, rows of keys and of joins do. */
const SLOTS = inFile('jobs', 'packages/engine/src/slot-table.ts', [
  ['numbers that were changed in place are not stored', 170, '    entries.touch(slot)\n', ''],
  [
    'numbers that are changed while they are being stored are stored too new',
    170,
    '    this.#cut?.encodeEarly(namespace, entries.slots, slot)\n',
    '',
  ],
])

const LIVENESS = inFile('jobs', 'packages/operators/src/sinks/view-sink.ts', [
  [
    'a view that is full waits for ever for room',
    24,
    'if (!this.#unlink(extent.oldest, extent)) throw brokenChain(extent)\n      this.#context',
    'this.#context',
  ],
])

const TOPICS: readonly PlantedBug[] = [
  ...inFile('jobs', 'packages/connectors/src/topics/topic-writer.ts', [
    [
      'a transaction that was prepared before a crash is not committed',
      90,
      'if (prepared !== undefined) await this.commit(prepared)',
      '',
    ],
    [
      'a transaction goes on behind the checkpoint that it belongs to',
      25,
      'if (this.#options.checkpointed) this.#begin()\n',
      '',
    ],
  ]),
  ...inFile('jobs', 'packages/connectors/src/topics/topic-reader.ts', [
    ['a partition is read from its start again', 18, 'known?.nextOffset ?? (await', '(await'],
    [
      'a restart forgets which partition comes next',
      237,
      'const latestMs = known?.latestMs ?? Number.NEGATIVE_INFINITY',
      'const latestMs = Number.NEGATIVE_INFINITY',
    ],
  ]),
  ...inFile('jobs', 'packages/storage/src/log/topic-table.ts', [
    [
      'what only memory has kept is not written again',
      61,
      'await rescue(env.disk, folder, this.#tails())',
      '',
    ],
  ]),
  ...inFile('jobs', 'packages/engine/src/source-node.ts', [
    [
      'partitions are counted with the first record only',
      69,
      'if (!this.#mailbox.push(chunk)) this.#countPartitions(this.#context.env.clock.monotonicMs())',
      'this.#mailbox.push(chunk)',
    ],
  ]),
]

const LIVE: readonly PlantedBug[] = [
  ...inFile('jobs', 'packages/connectors/src/topics/topic-reader.ts', [
    [
      'a live source does not store whose turn it was',
      2053,
      'return { partitions, turn: this.#turn }',
      'return { partitions, turn: undefined }',
    ],
  ]),
  ...inFile('jobs', 'packages/storage/src/log/open-partition.ts', [
    [
      'keys of appends are forgotten at a restart',
      155,
      'known.note(head.key, head.baseOffset, head.baseOffset + head.span)',
      '',
    ],
  ]),
  ...inFile('jobs', 'packages/storage/src/log/guard.ts', [
    [
      'who tries again puts off that a full disk is asked',
      135,
      'if (this.#full) throw this.refusal()',
      'if (this.#full) throw this.noSpace(undefined)',
    ],
  ]),
]

const RECORDINGS: readonly PlantedBug[] = [
  ...inFile('recordings', 'packages/engine/src/job-recording.ts', [
    [
      'a recording does not say when nodes were called by the clock',
      4,
      "this.#recorder?.record({ kind: 'tick', node, nowMs: this.#nowMs() })",
      '',
    ],
    [
      'a recording begins before the checkpoint that it goes on from',
      7,
      'this.#atCut = recorder\n',
      'this.start(recorder)\n',
    ],
  ]),
  ...inFile('recordings', 'packages/engine/src/source-node.ts', [
    [
      'a recording does not say that a partition was silent',
      3,
      "this.onDeed?.({ kind: 'idle', source: this.nodeId, partitions })",
      '',
    ],
    [
      'a recording leaves out what could not be read',
      14,
      'rejects.slice(fromReject, toReject).map',
      'rejects.slice(0, 0).map',
    ],
  ]),
  ...inFile('recordings', 'packages/engine/src/replayed-turns.ts', [
    [
      'a replay does not show the recorded time',
      4,
      'this.#lastMs = nowMs\n    this.#host.setNow(nowMs)',
      'this.#lastMs = nowMs',
    ],
  ]),
]

const MOVES: readonly PlantedBug[] = [
  ...inFile('moves', 'packages/engine/src/job.ts', [
    [
      'a job that is moved reads on while its last checkpoint is written',
      1,
      '    this.pause()\n    this.#intake.clearSteps()\n    const taken',
      '    const taken',
    ],
    [
      'a job that is to be moved ends before its last checkpoint',
      1,
      '    const taken = await this.checkpoint()\n    this.stop()\n    return taken',
      '    this.stop()\n    return this.checkpoint()',
    ],
  ]),
  ...inFile('moves', 'packages/engine/src/job-checkpoints.ts', [
    [
      'a checkpoint that is under way is taken for the one that was asked for',
      2,
      '    const waiting = this.#waiting.splice(0)\n',
      '    const waiting = this.#waiting\n',
    ],
  ]),
]

const EDITS: readonly PlantedBug[] = [
  ...inFile('edits', 'packages/engine/src/checkpoint-fit.ts', [
    [
      'an edited node begins with another watermark',
      21,
      'const goesOn = operator.inputs.length > 0 || withState',
      'const goesOn = withState',
    ],
    [
      'of a node that was edited state is kept as if it were not',
      21,
      "const withState = kind === 'kept' || kind === 'migrated'",
      "const withState = kind !== 'new'",
    ],
  ]),
  ...inFile('edits', 'packages/engine/src/state-migration.ts', [
    [
      'settings that were left out before are not looked at',
      1688,
      'const names = new Set([...Object.keys(saved.meaning), ...Object.keys(now.meaning)])',
      'const names = new Set(Object.keys(saved.meaning))',
    ],
  ]),
  ...inFile('edits', 'packages/engine/src/job.ts', [
    [
      'what is added to a job that had finished is not run',
      119,
      'return this.#graph.isAsStored && !this.#graph.hasNewNodes',
      'return this.#graph.isAsStored',
    ],
    ['what is added does not hear where the rest stands', 11, 'this.#graph.catchUp()\n', ''],
  ]),
  ...inFile('edits', 'packages/connectors/src/writing/part-file.node.ts', [
    [
      'a file that was complete is begun anew by an edit',
      160,
      'this.#wholeBytes = part.bytes\n',
      '',
    ],
  ]),
  ...inFile('edits', 'packages/engine/src/job-graph.ts', [
    [
      'what an edited node held stays in its books',
      21,
      "if (!withState) ledger.release('expired', ledger.held)\n",
      '',
    ],
    [
      'what an edited node has kept comes back after a second restart',
      18,
      'return all && this.#restored.size === Object.keys(restored.meta.nodes).length',
      'return all || this.#restored.size === Object.keys(restored.meta.nodes).length',
    ],
  ]),
]

const LETTERS: readonly PlantedBug[] = [
  ...inFile('letters', 'apps/runtime/src/storage/letter-history.ts', [
    [
      'what was accepted since an older checkpoint is not given back',
      62,
      '      ...this.#giveBack(given),\n',
      '',
    ],
    [
      'what a job that goes back refuses again stands there twice',
      84,
      '      ...this.#putAside(given),\n',
      '',
    ],
    [
      'what a history that is gone on with has accepted waits all the same',
      2723,
      '      ...this.#accept(given),\n',
      '',
    ],
  ]),
  ...inFile('letters', 'apps/runtime/src/letters/resend-feed.ts', [
    [
      'what a job reads again is sent in as well',
      333,
      '.filter((request) => !line.leavesOut(request))',
      '',
    ],
  ]),
  ...inFile('letters', 'apps/runtime/src/server/letter-desk.ts', [
    [
      'what a job was sent goes before it is known that it has ended',
      1280,
      'await this.#options.endsWritten()\n',
      '',
    ],
    [
      'what the log has not taken is not written again',
      20,
      'this.#writeLater(jobId, error)\n      return',
      'return',
    ],
  ]),
  ...inFile('letters', 'apps/runtime/src/letters/letter-writer.ts', [
    [
      'letters are told before the checkpoint in which they were refused',
      21,
      'await this.#open(true).recover(saved?.written)',
      'this.#open(false)',
    ],
  ]),
  ...inFile('letters', 'packages/engine/src/job-resends.ts', [
    [
      'what was sent in before a restart is sent in again',
      1,
      'before !== undefined && before.jobId === jobId ? before.place : 0',
      '0',
    ],
  ]),
  ...inFile('letters', 'packages/engine/src/resends.ts', [
    ['what is sent in again stays among the dead letters', 1, '    ledger.takeBackRefusal()\n', ''],
  ]),
]

export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...TOPICS,
  ...LIVE,
  ...RECORDINGS,
  ...MOVES,
  ...EDITS,
  ...CHECKPOINT_FILES,
  ...CHECKPOINT_READER,
  ...LOG,
  ...SINKS,
  ...CHECKPOINTS,
  ...STATE,
  ...SLOTS,
  ...LIVENESS,
  ...LETTERS,
]
