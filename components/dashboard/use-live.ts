import { useQuery } from '@tanstack/react-query'
import { getJson } from '@/components/dashboard/api-client'

/** The time within which charges made elsewhere appear on a visible page. */
const REFRESH_MS = 4_000

type LiveInput<Answer> = {
  /** The path and query below `/api/v1`. */
  path: string
  /** The server's data and its time. A newer rendering replaces the data. */
  initial: Answer
  renderedAt: string
  /** Defaults to true. False stops refreshing data that cannot change; a function decides from the data. */
  enabled?: boolean | ((data: Answer) => boolean)
}

export type Live<Answer> = {
  data: Answer
  /** Set if the last attempt failed or the browser is offline; `since` is when `data` was last current. */
  stale: { offline: boolean; since: number } | null
  refetch: () => void
  isRefetching: boolean
}

/**
 * Keeps an API response current: fetches it again every few seconds while the page is visible, on focus and on
 * reconnecting.
 */
export function useLive<Answer>({
  path,
  initial,
  renderedAt,
  enabled = true,
}: LiveInput<Answer>): Live<Answer> {
  const query = useQuery({
    queryKey: [path, renderedAt],
    queryFn: ({ signal }) => getJson<Answer>(path, signal),
    initialData: initial,
    enabled: typeof enabled === 'boolean' ? enabled : ({ state }) => enabled(state.data ?? initial),
    refetchInterval: REFRESH_MS,
    refetchOnWindowFocus: 'always',
    staleTime: REFRESH_MS,
    retry: false,
  })
  const offline = query.fetchStatus === 'paused'
  return {
    data: query.data ?? initial,
    stale: query.isRefetchError || offline ? { offline, since: query.dataUpdatedAt } : null,
    refetch: () => void query.refetch(),
    isRefetching: query.isFetching && !offline,
  }
}
