/** None, all, or those of these types. */
export type EventChoice = 'none' | 'all' | string[]

/** Whether a choice is about events of this type. */
export function chooses(choice: EventChoice, type: string): boolean {
  return choice === 'all' || (choice !== 'none' && choice.includes(type))
}

/**
 * What goes wrong on purpose. All off at start; set through the control object or `POST /_sandbox/faults`.
 */
export type Faults = {
  /** Every delivery is sent this many extra times. */
  duplicate: number
  /** Events wait this many seconds of the sandbox's clock before they are sent. */
  delaySeconds: number
  /** In which order waiting deliveries are sent. */
  order: 'as_created' | 'reverse' | 'shuffle'
  /** Decides what `shuffle` does, so that a failing run can be repeated. */
  seed: number
  /** These events are kept back until `resend`: all of them, or by type. */
  drop: EventChoice
  /** These events are lost for good: not sent, and not in Stripe's list either. */
  lose: EventChoice
  /** The API itself: answers an error, or answers late or not at all. */
  api:
    | { kind: 'none' }
    | {
        kind: 'error'
        status: number
        /** How many calls fail; null means until lifted. */
        times: number | null
        /** True: the call takes effect and only its answer is lost. */
        applied: boolean
        /** True: calls that only read are answered all the same. */
        writesOnly?: boolean
        /** Only calls whose path begins with one of these fail. */
        paths?: string[]
      }
    /** Calls hang: for so many seconds of real time, then they are carried out; without, until the fault is lifted. */
    | { kind: 'timeout'; seconds?: number; paths?: string[] }
  /** What a new refund starts as. Banks answer late, and may refuse. */
  refunds: 'succeeded' | 'pending'
  /** Tax added to checkouts with `automatic_tax`, in percent. */
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

/** A small repeatable generator (mulberry32): the same seed gives the same shuffles. */
export function nextRandom(faults: Faults): number {
  faults.seed = (faults.seed + 0x6d2b79f5) | 0
  let t = Math.imul(faults.seed ^ (faults.seed >>> 15), 1 | faults.seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}
