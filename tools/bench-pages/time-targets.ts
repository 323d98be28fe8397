import { percentile } from '../bench/measure'
import type { Subject, Target } from './targets'

export type Timing = { p50: number; p95: number }
export type Timed = { target: Target; heavy: Timing; light: Timing }

/** Requests each target `requests` times for both accounts in turns, so that a slow moment on the machine affects both. */
export async function timeTargets(
  port: number,
  all: Target[],
  { heavy, light, requests, warmups }: { heavy: Subject; light: Subject; requests: number; warmups: number },
): Promise<Timed[]> {
  const timed: Timed[] = []
  for (const target of all) {
    const times: Record<'heavy' | 'light', number[]> = { heavy: [], light: [] }
    for (let round = -warmups; round < requests; round++) {
      const one = await timeOf(port, target, heavy)
      const other = await timeOf(port, target, light)
      if (round < 0) continue
      times.heavy.push(one)
      times.light.push(other)
    }
    timed.push({ target, heavy: timingOf(times.heavy), light: timingOf(times.light) })
    process.stderr.write('.')
  }
  process.stderr.write('\n')
  return timed
}

function timingOf(times: number[]): Timing {
  const sorted = times.toSorted((left, right) => left - right)
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95) }
}

/** The milliseconds from the request to the end of the response. Throws on any status but 200. */
async function timeOf(port: number, target: Target, subject: Subject): Promise<number> {
  const start = performance.now()
  await request(port, target, subject)
  return performance.now() - start
}

/** Sends one request and reads as much of the response as the target requires. */
export async function request(port: number, target: Target, subject: Subject): Promise<void> {
  const leaving = new AbortController()
  const response = await fetch(`http://127.0.0.1:${port}${target.path(subject)}`, {
    headers: { cookie: subject.cookie },
    redirect: 'manual',
    signal: leaving.signal,
  })
  if (response.status !== 200) throw new Error(`${target.name} for ${subject.name}: ${response.status}`)
  if (!target.firstByte) {
    await response.arrayBuffer()
    return
  }
  await response.body?.getReader().read()
  leaving.abort()
}
