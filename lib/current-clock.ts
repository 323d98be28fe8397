import { type Clock, systemClock } from './clock'

/** The clock that pages, API and commands of this process share; a verb is handed it in its context. */
export function currentClock(): Clock {
  return systemClock
}
