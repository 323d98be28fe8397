/** A calendar month in UTC: `from` is inclusive, `to` is exclusive. */
export type Month = { name: string; from: Date; to: Date }

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/

/** Parses a month such as `2026-11`; null for anything else. */
export function parseMonth(text: string): Month | null {
  const [, year, month] = MONTH.exec(text) ?? []
  if (year === undefined || month === undefined) return null
  const start = (offset: number) => {
    const day = new Date(0)
    // Date.UTC would treat the years 0 to 99 as 1900 to 1999.
    day.setUTCFullYear(Number(year), Number(month) - 1 + offset, 1)
    return day
  }
  return { name: text, from: start(0), to: start(1) }
}

/** The month of an instant, such as `2026-11`. */
export function monthOf(instant: Date): string {
  return instant.toISOString().slice(0, 'YYYY-MM'.length)
}

/** Adds a number of months, which may be negative. */
export function monthsFrom({ from }: Month, offset: number): string {
  return monthOf(new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + offset, 1)))
}
