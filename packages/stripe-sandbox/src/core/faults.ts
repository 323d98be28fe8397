/** A choice of no events, all events, or events of these types. */
export type EventChoice = 'none' | 'all' | string[]

/** Returns true if the choice includes events of this type. */
export function chooses(choice: EventChoice, type: string): boolean {
  return choice === 'all' || (choice !== 'none' && choice.includes(type))
}

/** The faults of the sandbox. All are off at first; the control object and `POST /_sandbox/faults` set them. */
export type Faults = {
  /** The number of extra copies of every delivery. */
  duplicate: number
  /** The delay before an event is sent, in seconds of the sandbox's clock. */
  delaySeconds: number
  /** The order in which waiting deliveries are sent. */
  order: 'as_created' | 'reverse' | 'shuffle'
  /** The seed of `shuffle`, so that a failing run can be repeated. */
  seed: number
  /** Events that are not sent until `resend`. */
  drop: EventChoice
  /** Events that are lost for good: they are neither sent nor included in Stripe's list. */
  lose: EventChoice
  /** Faults in the API itself: it answers with an error, answers late, or does not answer. */
  api:
    | { kind: 'none' }
    | {
        kind: 'error'
        status: number
        /** The number of calls that fail; null means all until the fault is removed. */
        times: number | null
        /** If true, the call takes effect and only its answer is lost. */
        applied: boolean
        /** If true, calls that only read do not fail. */
        writesOnly?: boolean
        /** If given, only calls whose path begins with one of these fail. */
        paths?: string[]
      }
    /**
     * Calls wait this many seconds of real time before they are performed; without `seconds`, they wait until the fault is
     * removed.
     */
    | { kind: 'timeout'; seconds?: number; paths?: string[] }
  /** The initial status of a new refund. Banks answer late and may refuse. */
  refunds: 'succeeded' | 'pending'
  /** The tax added to checkouts with `automatic_tax`, in percent. */
  taxPercent: number
}

export function noFaults(): Faults {
  return {
    duplicate: 0,
    delaySeconds: 0,
    order: 'as_created',
    seed: 1,
    drop: 'none',
    lose: 'none',
    api: { kind: 'none' },
    refunds: 'succeeded',
    taxPercent: 0,
  }
}

/** A small deterministic generator (mulberry32): the same seed gives the same shuffles. */
export function nextRandom(faults: Faults): number {
  faults.seed = (faults.seed + 0x6d2b79f5) | 0
  let t = Math.imul(faults.seed ^ (faults.seed >>> 15), 1 | faults.seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}
