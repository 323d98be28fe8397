import { useQuery } from '@tanstack/react-query'
import { getJson } from '@/components/dashboard/api-client'

/** Charges made elsewhere appear within this time on a visible page. */
const REFRESH_MS = 4_000

type LiveInput<Answer> = {
  /** Path and query below `/api/v1`. */
  path: string
  /** The server's rendering and its time: a newer rendering replaces the data. */
  initial: Answer
  renderedAt: string
  /** Default: always refresh. False keeps data that cannot change; may depend on the data. */
  enabled?: boolean | ((data: Answer) => boolean)
}

export type Live<Answer> = {
  data: Answer
  /** Since when `data` is stale: the last attempt failed, or there is no network. */
  stale: { offline: boolean; since: number } | null
  refetch: () => void
  isRefetching: boolean
}

/** A server answer kept current: refreshed every few seconds while visible, on focus and on reconnecting. */
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
