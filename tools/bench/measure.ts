/** The result of one load: `perSecond` counts charges; latencies (ms) are those of single calls. */
export type Sample = { perSecond: number; p50: number; p99: number }

type Loop = { clients: number; seconds: number; warmupSeconds: number }

/** The quantile of sorted values at `share`. */
export function percentile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** The median; for an even count the lower of the middle two, so that it is always a measured value. */
export function median(values: number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}

/** The median of each figure over the repetitions. */
export function medianSample(samples: Sample[]): Sample {
  return {
    perSecond: median(samples.map((sample) => sample.perSecond)),
    p50: median(samples.map((sample) => sample.p50)),
    p99: median(samples.map((sample) => sample.p99)),
  }
}

/** Clients that each send the next call after the previous answer; `work` returns the charges made by a call. */
export async function closedLoop(
  { clients, seconds, warmupSeconds }: Loop,
  work: () => Promise<number>,
): Promise<Sample> {
  const start = performance.now() + warmupSeconds * 1_000
  const end = start + seconds * 1_000
  const latencies: number[] = []
  let charges = 0
  const client = async () => {
    for (let sent = performance.now(); sent < end; sent = performance.now()) {
      const made = await work()
      const answered = performance.now()
      if (answered >= start && answered < end) {
        charges += made
        latencies.push(answered - sent)
      }
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  latencies.sort((left, right) => left - right)
  return {
    perSecond: charges / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  }
}

export function anyOf<T>(values: readonly T[]): T {
  const value = values[Math.floor(Math.random() * values.length)]
  if (value === undefined) throw new Error('nothing to choose from')
  return value
}
