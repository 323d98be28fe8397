import type { Live } from '@/components/dashboard/use-live'
import { Button } from '@/components/ui/button'
import { useLocale } from '@/components/ui/locale'

/** Under what could not be refreshed: from when it is, and a way to try again. Nothing while all is well. */
export function RefreshNote({
  what,
  live,
}: {
  what: string
  live: Pick<Live<unknown>, 'stale' | 'refetch' | 'isRefetching'>
}) {
  const locale = useLocale()
  if (live.stale === null) return null
  // The browser's own clock on both sides: when it last heard from the server.
  const since = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'UTC',
    hourCycle: 'h23',
  })
  return (
    <div
      role="status"
      className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-t border-line bg-warn-soft px-5 py-2.5 text-label sm:px-6"
    >
      <p>
        {live.stale.offline ? 'You are offline.' : `${what} could not be refreshed.`} Shown as of{' '}
        <span className="tabular-nums">{since.format(live.stale.since)} UTC</span>.
      </p>
      <Button size="sm" onClick={live.refetch} busy={live.isRefetching}>
        Try again
      </Button>
    </div>
  )
}
