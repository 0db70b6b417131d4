/**
 * The watermark of a node with several inputs: the minimum over the inputs that count.
 *
 * An input counts unless it is idle, or has come back from idle and not yet caught up with what
 * already left (it is "unaligned"). When the last active input goes idle, the highest watermark of
 * any input leaves first, since nothing holds it back any more. What leaves never goes back. The
 * rules are those of Flink's StatusWatermarkValve.
 */

import { START_OF_TIME_MS } from './element.ts'

export interface ValveOutput {
  watermark(watermarkMs: number): void
  status(idle: boolean): void
}

interface Channel {
  watermarkMs: number
  idle: boolean
  aligned: boolean
}

/** A valve at rest. */
export interface SavedValve {
  readonly channels: readonly Readonly<Channel>[]
  readonly outputMs: number
  readonly idle: boolean
}

/** An input that has brought nothing yet. */
export const START_VALVE_CHANNEL: Readonly<Channel> = {
  watermarkMs: START_OF_TIME_MS,
  idle: false,
  aligned: true,
}

export class WatermarkValve {
  readonly #channels: Channel[]
  #outputMs: number
  #outputIdle: boolean

  constructor(channelCount: number, saved?: SavedValve) {
    this.#channels = []
    for (let index = 0; index < channelCount; index++) {
      this.#channels.push({ ...(saved?.channels[index] ?? START_VALVE_CHANNEL) })
    }
    this.#outputMs = saved?.outputMs ?? START_OF_TIME_MS
    this.#outputIdle = saved?.idle ?? false
  }

  get outputMs(): number {
    return this.#outputMs
  }

  get idle(): boolean {
    return this.#outputIdle
  }

  /** What has to outlive a crash. */
  save(): SavedValve {
    const channels = this.#channels.map((channel) => ({ ...channel }))
    return { channels, outputMs: this.#outputMs, idle: this.#outputIdle }
  }

  /** What each input has brought, for showing which one holds the others back. */
  inputs(): readonly Readonly<Channel>[] {
    return this.#channels
  }

  /** The watermark that leaves because of this one, or undefined if none does. */
  advance(channelIndex: number, watermarkMs: number): number | undefined {
    const channel = this.#channel(channelIndex)
    if (channel.idle || watermarkMs <= channel.watermarkMs) return undefined
    channel.watermarkMs = watermarkMs
    if (!channel.aligned && watermarkMs >= this.#outputMs) channel.aligned = true
    return this.#raise(this.#alignedMinimum())
  }

  setIdle(channelIndex: number, output: ValveOutput): void {
    const channel = this.#channel(channelIndex)
    if (channel.idle) return
    channel.idle = true
    channel.aligned = false
    if (this.#channels.every((other) => other.idle)) {
      this.#send(this.#maximum(), output)
      this.#outputIdle = true
      output.status(true)
    } else {
      this.#send(this.#alignedMinimum(), output)
    }
  }

  setActive(channelIndex: number, output: ValveOutput): void {
    const channel = this.#channel(channelIndex)
    if (!channel.idle) return
    channel.idle = false
    channel.aligned = channel.watermarkMs >= this.#outputMs
    if (this.#outputIdle) {
      this.#outputIdle = false
      output.status(false)
    }
    this.#send(this.#alignedMinimum(), output)
  }

  #send(watermarkMs: number | undefined, output: ValveOutput): void {
    const raised = this.#raise(watermarkMs)
    if (raised !== undefined) output.watermark(raised)
  }

  #raise(watermarkMs: number | undefined): number | undefined {
    if (watermarkMs === undefined || watermarkMs <= this.#outputMs) return undefined
    this.#outputMs = watermarkMs
    return watermarkMs
  }

  #alignedMinimum(): number | undefined {
    let minimum: number | undefined
    for (const { aligned, watermarkMs } of this.#channels) {
      if (aligned && (minimum === undefined || watermarkMs < minimum)) minimum = watermarkMs
    }
    return minimum
  }

  #maximum(): number {
    return this.#channels.reduce(
      (most, { watermarkMs }) => Math.max(most, watermarkMs),
      START_OF_TIME_MS,
    )
  }

  #channel(index: number): Channel {
    const channel = this.#channels[index]
    if (channel === undefined) throw new RangeError(`There is no input ${index}.`)
    return channel
  }
}
