/** What a pattern refuses, and what it says then. */

import { expect, test } from 'vitest'
import { columns, refusals } from '../testing/refusals.ts'
import { pattern } from './pattern.ts'
import type { StageConfig } from './stage-config.ts'

const input = { in: columns({ user: 'string', kind: 'string', n: 'integer' }) }

const a: StageConfig = { name: 'a', where: "kind = 'a'" }
const b: StageConfig = { name: 'b', where: "kind = 'b'" }
const c: StageConfig = { name: 'c', where: "kind = 'c'" }
const notB: StageConfig = { ...b, not: true }

function config(stages: readonly StageConfig[], others: object = {}) {
  return { pattern: stages, afterMatch: 'no-skip', columns: { n: 'a.n' }, ...others }
}

const within = { within: '10s' }

const REFUSED: readonly (readonly [name: string, config: object, message: string])[] = [
  [
    'a stage without a name',
    config([{ where: 'n > 1' }, b]),
    `stage-without-name pattern.0.name This stage has no name, by which expressions could speak of its records. Add one, for instance "name": "a".`,
  ],
  [
    'two stages of one name',
    config([a, { group: [b, { ...c, name: 'a' }] }]),
    `stage-name-twice pattern.1.group.1.name Two stages are named "a". Give each its own name.`,
  ],
  [
    'a negation that takes records',
    config([a, { ...notB, oneOrMore: true }, c]),
    `negation-with-field pattern.1.oneOrMore A stage with "not" takes no records, so "oneOrMore" means nothing for it. Remove "oneOrMore", or "not".`,
  ],
  [
    'a negation followed by any',
    config([a, { ...notB, contiguity: 'followed-by-any' }, c]),
    `negation-with-field pattern.1.contiguity A stage with "not" is next (the very next record must not meet it) or followed-by (no record before the next stage may). Choose one of the two.`,
  ],
  [
    'a group with a condition',
    config([a, { group: [b], where: 'n > 1' }]),
    `group-with-field pattern.1.where A group has no condition of its own. Move "where" to the stages in it.`,
  ],
  [
    'a group of nothing',
    config([a, { group: [] }]),
    `group-without-stages pattern.1.group A group needs at least one stage. Add one, or remove the group.`,
  ],
  [
    'a greedy group',
    config([a, { group: [b], times: { min: 1, max: 3 }, greedy: true }, c]),
    `group-with-field pattern.1.greedy Only a stage can be greedy, and this is a group. Remove "greedy".`,
  ],
  [
    'two words on how often',
    config([a, { ...b, times: 2, oneOrMore: true }], within),
    `times-and-one-or-more pattern.1.oneOrMore "times" and "oneOrMore" both say how often. Remove one of them.`,
  ],
  [
    'a stage that takes no record',
    config([a, { ...b, times: 0 }]),
    `stage-never-matches pattern.1.times Times is 0, so that no record is ever taken. Choose at least 1, or remove the stage.`,
  ],
  [
    'bounds the wrong way round',
    config([a, { ...b, times: { min: 5, max: 2 } }]),
    `times-exchanged pattern.1.times At least 5 is more than at most 2. Exchange the two.`,
  ],
  [
    'until where nothing repeats',
    config([a, { ...b, until: 'n > 9' }]),
    `until-without-loop pattern.1.until "until" ends a repetition, and this stage is not repeated. Remove it, or set "oneOrMore" or "times".`,
  ],
  [
    'contiguity in a loop that is none',
    config([a, { ...b, loopContiguity: 'next' }]),
    `loop-contiguity-without-loop pattern.1.loopContiguity "loopContiguity" says how repetitions follow each other, and this stage is not repeated. Remove it, or set "oneOrMore" or "times".`,
  ],
  [
    'greedy without a choice',
    config([a, { ...b, times: 3, greedy: true }, c]),
    `greedy-without-choice pattern.1.greedy A greedy stage takes as many records as it can, and this one always takes 3. Remove "greedy", or let it take more with "oneOrMore" or "times", or none with "optional".`,
  ],
  [
    'greedy at the end',
    config([a, { ...b, times: { min: 1, max: 3 }, greedy: true }]),
    `greedy-at-the-end pattern.1.greedy No stage that must come stands behind this greedy one, so a match leaves with each record that it takes and nothing is left to be greedy for. Remove "greedy", or add a stage behind it.`,
  ],
  [
    'greedy in front of what need not come',
    config([a, { ...b, times: { min: 1, max: 3 }, greedy: true }, { ...c, optional: true }]),
    `greedy-at-the-end pattern.1.greedy No stage that must come stands behind this greedy one, so a match leaves with each record that it takes and nothing is left to be greedy for. Remove "greedy", or add a stage behind it.`,
  ],
  [
    'a negation that begins',
    config([{ ...notB, name: 'x' }, a]),
    `negation-first pattern.0 A pattern begins with stage "x", a negation, and there is no record yet that something could follow. Put a stage before it.`,
  ],
  [
    'a negation that begins a group',
    config([a, { group: [notB, c] }]),
    `negation-first pattern.1.group.0 A group begins with stage "b", a negation, and there is no record yet that something could follow. Put a stage before it.`,
  ],
  [
    'a negation behind a stage that is optional',
    config([a, { ...c, optional: true }, notB, { ...c, name: 'd' }]),
    `negation-after-optional pattern.2 Stage "b" says what must not follow a stage that is optional, so that it may not be there. Make the stage before it mandatory; a second pattern can do without that stage.`,
  ],
  [
    'a negation at the end without within',
    config([a, notB]),
    `negation-without-within within What must not follow stands at the end of this pattern, and without "within" nobody could ever tell that it has not come. Set "within", for instance "10m": the match then leaves when that time is over.`,
  ],
  [
    'a negation behind which everything is optional',
    config([a, notB, { ...c, optional: true }]),
    `negation-without-within within What must not follow stands at the end of this pattern, and without "within" nobody could ever tell that it has not come. Set "within", for instance "10m": the match then leaves when that time is over.`,
  ],
  [
    'a group that may be empty',
    config([a, { group: [{ ...b, optional: true }], oneOrMore: true }], within),
    `group-may-be-empty pattern.1.group Every stage of this group is optional, so that a round of it might have no record. Make one of them mandatory, and the group optional.`,
  ],
  [
    'a pattern that may be empty',
    config([
      { ...a, optional: true },
      { ...b, times: { min: 0, max: 2 } },
    ]),
    `pattern-may-be-empty pattern Every stage is optional, so that nothing at all would be a match. Make one of them mandatory.`,
  ],
  [
    'a repetition that nothing ends',
    config([a, { ...b, oneOrMore: true }, c]),
    `repetition-without-end pattern.1 This stage is repeated without a limit, and nothing ends it: its records would be kept for ever. Set "within" for the pattern, or for the stage "until", a highest number in "times", or "loopContiguity": "next", with which the first record that does not meet the condition ends it.`,
  ],
  [
    'a strict repetition that every record meets',
    config([a, { name: 'b', oneOrMore: true, loopContiguity: 'next' }, c]),
    `repetition-without-end pattern.1 This stage is repeated without a limit and every record meets it, so that it would never end. Give it a condition, "until" or a highest number in "times", or set "within" for the pattern.`,
  ],
  [
    'a pattern of too many places',
    config([
      a,
      {
        group: [
          { ...b, times: 100 },
          { ...c, times: 100 },
        ],
        times: 100,
      },
    ]),
    `pattern-too-large pattern The repetitions of this pattern multiply to more than 2000 places or 20000 ways between them, the limit. Lower the numbers in "times" of stages and of the groups they are in.`,
  ],
  [
    'a skip to nowhere',
    config([a, b], { afterMatch: { skip: 'skip-to-first', stage: 'd' } }),
    `skip-to-unknown-stage afterMatch.stage There is no stage "d" to skip to. Choose one of "a" and "b".`,
  ],
  [
    'a skip to a negation',
    config([a, notB, c], { afterMatch: { skip: 'skip-to-last', stage: 'b' } }),
    `skip-to-unknown-stage afterMatch.stage Stage "b" is a negation, which takes no records to skip to. Choose one of "a" and "c".`,
  ],
  [
    'no word on what follows a match',
    config([a, b], { afterMatch: undefined }),
    `missing-field afterMatch Field "afterMatch" is required. Add it, for instance "afterMatch": "skip-past-last".`,
  ],
  [
    'a negative time',
    config([a, b], { within: '-5s' }),
    `bad-duration within Within is -5s and must be longer than 0s. Choose at least "1ms".`,
  ],
  [
    'a pattern that everything matches',
    config([{ name: 'a' }, { name: 'b', where: '1 = 1' }]),
    `pattern-matches-everything pattern No stage has a condition, so that any records would match. Say with "where" which records one of the stages is about.`,
  ],
  [
    'a stage that nothing matches',
    config([a, { name: 'b', where: '1 = 2' }]),
    `stage-never-matches pattern.1.where This condition is never TRUE, whatever the record, so that the stage never matches. Write a condition over the columns.`,
  ],
  [
    'a negation that leaves nothing',
    config([a, { name: 'b', not: true }, c]),
    `pattern-never-matches pattern.1 Every record meets "b", which must not come, so that no record is left for the stage behind it. Say with "where" what must not come; only at the end of a pattern may it be any record.`,
  ],
  [
    'an unknown partition',
    config([a, b], { partitionBy: ['usr'] }),
    `column-unknown partitionBy.0 There is no column "usr". Did you mean "user"? The columns are user, kind, n.`,
  ],
  [
    'a condition that is none',
    config([a, { name: 'b', where: 'n' }]),
    `expression-type pattern.1.where The expression is integer, but boolean is needed. Write a condition, such as a comparison.`,
  ],
  [
    'an unknown column in a group',
    config([a, { group: [{ name: 'b', where: 'm = 1' }, c] }]),
    `column-unknown pattern.1.group.0.where There is no column "m". Did you mean "n"? The columns are user, kind, n.`,
  ],
  [
    'a condition about a later stage',
    config([{ name: 'a', where: 'b.n = 1' }, b]),
    `stage-hidden pattern.0.where Stage "b" has no records yet when this condition is evaluated. Move the comparison to the condition of "b", which sees the stages before it.`,
  ],
  [
    'a condition about a negation',
    config([a, notB, { name: 'c', where: 'b.n = 1' }]),
    `stage-hidden pattern.2.where Stage "b" is a negation, so that a match has no records of it. Speak of another stage.`,
  ],
  [
    'a condition with its own prefix',
    config([a, { name: 'b', where: 'b.n = 1' }]),
    `stage-hidden pattern.1.where Stage "b" is not repeated, so that it has no records yet when its condition is evaluated. The record at hand stands without a prefix, for instance user.`,
  ],
  [
    'an until about a later stage',
    config([a, { ...b, oneOrMore: true, until: 'c.n = n' }, c]),
    `stage-hidden pattern.1.until Stage "c" has no records yet when this condition is evaluated. Move the comparison to the condition of "c", which sees the stages before it.`,
  ],
  [
    'a column of no stage',
    config([a, b], { columns: { n: 'n' } }),
    `column-without-stage columns.n "n" is a column of the records, and a match has several. Write a.n with the stage that is meant.`,
  ],
  [
    'an aggregate of two stages',
    config([a, b], { columns: { n: 'SUM(a.n + b.n)' } }),
    `aggregate-of-two-stages columns.n SUM ranges over the records of one stage, and here are "a" and "b". Write an aggregate for each.`,
  ],
  [
    'a column without a type',
    config([a, b], { columns: { n: 'NULL' } }),
    `column-type columns.n NULL alone has no type. Write CAST(NULL AS STRING), with the type of the column.`,
  ],
]

test.each(REFUSED)('%s', (_, refused, message) => {
  expect(refusals(pattern, refused, input)).toEqual([message])
})
