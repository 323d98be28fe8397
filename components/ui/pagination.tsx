import { ChevronLeft, ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { LinkButton } from '@/components/ui/link-button'

type PaginationProps = {
  /** The accessible name: "History pages". */
  label: string
  /** Null if there are no newer items. */
  newerHref: string | null
  olderHref: string | null
  summary?: ReactNode
}

/** Keyset pages have no numbers, so there are only links to newer and older items. */
export function Pagination({ label, newerHref, olderHref, summary }: PaginationProps) {
  return (
    <nav aria-label={label} className="flex flex-wrap items-center justify-between gap-3">
      <p className="text-label text-muted">{summary}</p>
      <div className="flex gap-2">
        {newerHref && (
          <LinkButton href={newerHref} size="sm">
            <ChevronLeft aria-hidden="true" className="size-3.5" /> Newer
          </LinkButton>
        )}
        {olderHref && (
          <LinkButton href={olderHref} size="sm">
            Older <ChevronRight aria-hidden="true" className="size-3.5" />
          </LinkButton>
        )}
      </div>
    </nav>
  )
}
