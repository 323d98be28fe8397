import type { Live } from '@/components/dashboard/use-live'
import { Button } from '@/components/ui/button'
import { formatTime } from '@/lib/format'

/** Shows how old stale content is, with a retry button. Renders nothing while the content is current. */
export function RefreshNote({
  what,
  live,
}: {
  what: string
  live: Pick<Live<unknown>, 'stale' | 'refetch' | 'isRefetching'>
}) {
  if (live.stale === null) return null
  return (
    <div
      role="status"
      className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-t border-line bg-warn-soft px-5 py-2.5 text-label sm:px-6"
    >
      <p>
        {live.stale.offline ? 'You are offline.' : `${what} could not be refreshed.`} Shown as of{' '}
        <span className="tabular-nums">{formatTime(live.stale.since, 'time')} UTC</span>.
      </p>
      <Button size="sm" onClick={live.refetch} busy={live.isRefetching}>
        Try again
      </Button>
    </div>
  )
}
