import { accountPath } from '@/components/operator/paths'
import { DAY_MS } from '@/lib/clock'
import { TIMELINE_KINDS, type TimelineKind } from '@/lib/operator/read-timeline'

/** The timeline filters in the URL. Both days are included. */
export type TimelineSearch = {
  kind: TimelineKind | null
  from: string | null
  to: string | null
  cursor: string | null
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** Drops invalid filters. */
export function parseTimelineSearch(search: Record<string, string | string[] | undefined>): TimelineSearch {
  const text = (name: string) => (typeof search[name] === 'string' ? search[name] : '')
  const day = (name: string) => (dayOf(text(name)) === null ? null : text(name))
  return {
    kind: TIMELINE_KINDS.find((kind) => kind === text('kind')) ?? null,
    from: day('from'),
    to: day('to'),
    cursor: text('cursor') || null,
  }
}

function dayOf(text: string): Date | null {
  if (!DAY.test(text)) return null
  const day = new Date(`${text}T00:00:00Z`)
  return Number.isNaN(day.getTime()) ? null : day
}

/** The period in UTC: from the first day's start to the last day's end. */
export function periodOf({ from, to }: TimelineSearch): { from: Date | null; to: Date | null } {
  const last = to === null ? null : dayOf(to)
  return {
    from: from === null ? null : dayOf(from),
    to: last === null ? null : new Date(last.getTime() + DAY_MS),
  }
}

/** The path of the timeline with the same filters and another cursor. */
export function timelinePath(accountId: string, search: TimelineSearch, cursor: string | null): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...search, cursor }))
    if (value !== null) query.set(name, value)
  return `${accountPath(accountId)}${query.size === 0 ? '' : `?${query}`}#timeline`
}
