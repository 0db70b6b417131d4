/** What the docs page of a pattern says beside its fields. */

export const patternDetails = [
  'A match takes at least one record for each stage that is not optional, in the order of the stages. Records wait until ' +
    'the watermark has passed them and are then looked at by event time, equal times by arrival, each key by itself. A ' +
    'record may be in many matches; one and the same assignment of records to stages leaves once.',
  '**Contiguity** says how far a record may be from the one before it in the match. `next`: the very next record of the ' +
    'key. `followed-by`: the first that meets the condition, whatever lies between. `followed-by-any`: any later one, so ' +
    'that each makes a match of its own. `loopContiguity` says the same between the repetitions of a stage or group; it ' +
    'is `followed-by` unless set. The first stage of a group stands to the record before as the group does.',
  '**Repetition**: `times`, or `oneOrMore`. A match leaves with every number of repetitions that the rest of the pattern ' +
    'allows. A `greedy` stage leaves the others no choice: as long as it could take a record, the stages behind it do not ' +
    'get it, and the match does not go on without it. A record that meets `until` is not taken, and ends the repetition; ' +
    'before the first one it is passed over unless it also meets the condition of a `followed-by` stage.',
  '**Negation**: a stage with `not` takes no record. With `next`, the record right behind the stage before it must not ' +
    'meet the condition; otherwise no record may, up to and including the one that the next stage takes. What must not ' +
    'follow a repeated stage must not follow any of its repetitions. Behind the last stage a negation needs `within`, and ' +
    'the match leaves when its time is over (with `next`, as soon as another record has come). A condition that is left ' +
    'out there means silence: nothing at all may come.',
  '**Conditions** see the record at hand, and what the match has so far: `a.x` is column x of the last record of stage a, ' +
    '`SUM(a.x)` ranges over all of them, `COUNT(a.*)` counts them. In the condition of a repeated stage its own name means ' +
    'its earlier repetitions. What has no record yet is NULL, and a count is 0.',
  '**Time**: with `within`, the last record comes less than that after the first. When the watermark reaches first + ' +
    '`within` - 1 ms, what has been matched so far leaves by `timeout`, one row for each partial match that could still ' +
    'have gone on and was no match yet, of a stage that repeats one with each number of repetitions; the columns of stages that are missing are NULL. A match has the time of the record ' +
    'that decides it, and one that time decides has first + `within` - 1 ms.',
  '**After a match**: where matches overlap, `afterMatch` says which count. They leave by their first record; a finished ' +
    'one waits while one that begins earlier may still be finished. Of those that begin and are finished alike, the one ' +
    'whose other records come earlier goes first. A match that has no record of the stage to skip to skips nothing.',
  'A record at or before the watermark on its arrival is late and leaves by `late`. One for which a condition has no ' +
    'value leaves a row in `errors` and does not meet that condition; a match for which a column has none leaves a row ' +
    'there with its records. Results of windows that fire again may come in: they are looked at when they can change no ' +
    'more. NULL is a key like any other. In the ledger a record is held while it waits or a partial match has it, then ' +
    'absorbed if a row used it, expired if none did, and filtered if no stage ever took it. A key may have 100,000 ' +
    'partial matches; the job fails by node and key beyond.',
].join('\n\n')
