/** What differs between two documents as lines of text, in the words of the page. */

import {
  differenceRows,
  drawingText,
  NO_DIFFERENCE,
  type PipelineDifference,
  type SettingDifference,
} from '@millrace/pipeline'

export function differenceText(difference: PipelineDifference): string {
  const rows = differenceRows(difference).flatMap(({ sign, title, said, settings }) => [
    `  ${sign} ${title}${said === '' ? '' : `, ${said}`}`,
    ...settings.map((setting) => `      ${settingText(setting)}`),
  ])
  const drawing = drawingText(difference)
  const lines = [...rows, ...(drawing === '' ? [] : [`  ${drawing}`])]
  return `What is edited:\n${(lines.length === 0 ? [`  ${NO_DIFFERENCE}`] : lines).join('\n')}\n`
}

function settingText({ names, before, after }: SettingDifference): string {
  return `${names}: ${valueText(before)} → ${valueText(after)}`
}

/** A value of several lines would not be told from what stands below it. */
function valueText(value: string | null): string {
  return value === null ? 'not set' : value.replace(/\s+/g, ' ')
}
