/** Round steps within a power of ten. */
const STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 10]
const INTERVALS = 4

/** Evenly spaced, round ticks from 0 to at least `max`, in at most five intervals: 340 gives 0, 100, 200, 300, 400. */
export function niceTicks(max: number): number[] {
  if (!(max > 0)) return [0, 1]
  const rough = max / INTERVALS
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = (STEPS.find((one) => one * power >= rough * (1 - 1e-9)) ?? 10) * power
  const count = Math.ceil(max / step - 1e-9)
  // Twelve digits are enough for any tick and hide binary rounding errors such as 0.30000000000000004.
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)))
}

/** Natural steps between days: days, weeks, months. */
const DAY_STEPS = [1, 2, 3, 5, 7, 10, 14, 21, 30, 60, 90]
/** The number of labels a phone has room for. */
const DAY_TICKS_MAX = 5

/** The labelled days of an axis: the first day, then days in even steps. */
export function evenDays(days: readonly string[]): string[] {
  const rough = days.length / DAY_TICKS_MAX
  const step = DAY_STEPS.find((one) => one >= rough) ?? Math.ceil(rough)
  return days.filter((_, index) => index % step === 0)
}
