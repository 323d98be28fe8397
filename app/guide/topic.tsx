import type { ReactNode } from 'react'
import { type TopicId, titleOf } from '@/app/guide/contents'

/** One topic of the guide, with the anchor that the contents and other pages link to. */
export function Topic({ id, children }: { id: TopicId; children: ReactNode }) {
  return (
    <section aria-labelledby={id} className="mt-12 first:mt-0">
      <h2 id={id} className="text-lg font-medium tracking-tight">
        {titleOf(id)}
      </h2>
      <div className="mt-3 max-w-prose space-y-3 text-[0.9375rem] leading-7 text-ink [&_a]:text-accent [&_a]:underline [&_a]:underline-offset-4 [&_li]:pl-1 [&_ol]:list-decimal [&_ol]:space-y-1.5 [&_ol]:pl-5 [&_strong]:font-medium [&_ul]:list-disc [&_ul]:space-y-1.5 [&_ul]:pl-5">
        {children}
      </div>
    </section>
  )
}
