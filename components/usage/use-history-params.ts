import { useRouter, useSearchParams } from 'next/navigation'
import { useOptimistic, useTransition } from 'react'
import { type HistoryParams, historyHref, loadHistoryParams } from '@/components/usage/history-params'

/**
 * The parameters of the usage page and a function that changes some of them and loads the page they describe. A change
 * is shown immediately; the URL decides again when its page has loaded, or when the reader has already gone elsewhere.
 */
export function useHistoryParams() {
  const router = useRouter()
  const [pending, startTransition] = useTransition()
  const [params, show] = useOptimistic<HistoryParams>(loadHistoryParams(useSearchParams()))

  function change(next: Partial<HistoryParams>): void {
    startTransition(() => {
      show({ ...params, ...next })
      router.push(historyHref(params, next), { scroll: false })
    })
  }

  return { params, change, pending }
}
