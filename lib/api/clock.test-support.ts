import { ManualClock } from '@/lib/clock'

/** The clock of the API under test. It stands still until a test moves it. */
export const clock = new ManualClock('2026-11-10T12:00:00Z')
