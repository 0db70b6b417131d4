/** What `millrace run --record` writes. */

import { basename, dirname, extname, resolve } from 'node:path'
import { DiskError } from '@millrace/engine'
import { createJobRecording, type JobRecording, type RecordingEnd } from '@millrace/storage'
import type { CheckedDocument } from '../checked-document.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { Terminal } from '../terminal.ts'
import { countText } from '../text-table.ts'

/** A recording on the command line ends by itself at this size; its job goes on. */
export const RECORDING_LIMITS = { bytes: 1024 * 1024 * 1024, durationMs: 24 * 3_600_000 }

export interface RunRecordingOptions {
  readonly folder: string
  readonly document: CheckedDocument
  /** Whether the job goes on from a checkpoint. */
  readonly restored: boolean
}

/** Rejects with a `Refusal` where the folder is taken. */
export async function createRunRecording(
  { folder: given, document, restored }: RunRecordingOptions,
  { env, folder: from }: Terminal,
): Promise<JobRecording> {
  const folder = resolve(from, given)
  if ((await env.disk.kindOf(folder)) !== 'nothing') {
    const message = `There is something at "${folder}" already. Name a folder that is not there with --record.`
    throw new Refusal('conflict', 'recording-exists', message)
  }
  const { path, pipeline } = document.document
  try {
    await env.disk.makeFolder(dirname(folder))
    return await createJobRecording({
      env,
      root: dirname(folder),
      folder,
      limits: RECORDING_LIMITS,
      head: {
        document: document.text ?? '',
        name: pipeline?.name ?? basename(path, extname(path)),
        ...{ pipelineId: '', version: 0, jobId: 'run', fromCheckpoint: restored },
        startedAtMs: env.clock.nowMs(),
      },
    })
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    throw new Refusal('unavailable', 'recording-not-made', error.message)
  }
}

const WHY: Readonly<Record<RecordingEnd['reason'], string>> = {
  'job-ended': '',
  stopped: '',
  size: ` It ended when it had ${RECORDING_LIMITS.bytes / 1024 ** 3} GB, and the job went on.`,
  time: ' It ended after 24 hours, and the job went on.',
  disk: ' It ended there, since the disk refused it: ',
  resent: '',
  lost: '',
}

export function recordedText(folder: string, { records, reason, detail }: RecordingEnd): string {
  const count = records === 1 ? '1 record' : `${countText(records)} records`
  return `Recorded ${count} in ${folder}.${WHY[reason]}${detail}\n`
}
