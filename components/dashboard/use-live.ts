import { useQuery } from '@tanstack/react-query'
import { getJson } from '@/components/dashboard/api-client'

/** A charge made elsewhere appears within this time, while the page is looked at. */
const REFRESH_MS = 4_000

type LiveInput<Answer> = {
  /** Path and query below `/api/v1`. */
  path: string
  /** What the server rendered, and when: a newer rendering starts afresh from its own data. */
  initial: Answer
  renderedAt: string
  /** Left out: always. False keeps what is there, for what cannot change; it may depend on what is there. */
  enabled?: boolean | ((data: Answer) => boolean)
}

export type Live<Answer> = {
  data: Answer
  /** When `data` is no longer what the server says: the last attempt failed, or there is no network. */
  stale: { offline: boolean; since: number } | null
  refetch: () => void
  isRefetching: boolean
}

/** The server's answer, kept current: every few seconds while visible, on focus and on reconnecting. */
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
