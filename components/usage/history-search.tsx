import { Download } from 'lucide-react'
import type { FormEvent } from 'react'
import { Button, buttonClass } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { csvHref } from '@/components/usage/history-params'
import { useHistoryParams } from '@/components/usage/use-history-params'

/** Searches the filtered charges and links to their CSV. */
export function HistorySearch() {
  const { params, change, pending } = useHistoryParams()

  function search(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    const text = new FormData(event.currentTarget).get('q')
    const q = typeof text === 'string' && text.trim() !== '' ? text.trim() : null
    change({ q })
  }

  return (
    <search aria-label="Charges" aria-busy={pending} className="flex flex-wrap items-end gap-3">
      <form onSubmit={search} className="flex min-w-0 flex-1 basis-64 items-end gap-2">
        <Input
          // If the text in the URL changes, such as after going back, the field is reset.
          key={params.q}
          name="q"
          type="search"
          label="Search references, metadata and ids of charges and runs"
          hideLabel
          placeholder="Reference, metadata or charge id"
          defaultValue={params.q ?? ''}
          maxLength={200}
          className="flex-1"
        />
        <Button type="submit">Search</Button>
      </form>
      <a href={csvHref(params)} download className={buttonClass('secondary')}>
        <Download aria-hidden="true" className="size-4" />
        CSV of this list
      </a>
    </search>
  )
}
