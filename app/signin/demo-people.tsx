import { ChevronRight } from 'lucide-react'
import { DEMO_PEOPLE } from '@/lib/demo/people'

/** One button per person; works without scripts. */
export function DemoPeople({ returnTo }: { returnTo: string }) {
  return (
    <form action="/signin/demo" method="post">
      <input type="hidden" name="returnTo" value={returnTo} />
      <ul className="divide-y divide-line">
        {DEMO_PEOPLE.map((person) => (
          <li key={person.key}>
            <button
              type="submit"
              name="person"
              value={person.key}
              aria-label={`Sign in as ${person.name}`}
              aria-describedby={`about-${person.key}`}
              className="flex w-full items-center gap-4 px-5 py-4 text-left hover:bg-sunken sm:px-6"
            >
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{person.name}</span>
                <span id={`about-${person.key}`} className="mt-0.5 block text-label text-muted">
                  {person.about}
                </span>
              </span>
              <ChevronRight aria-hidden="true" className="size-4 shrink-0 text-muted" />
            </button>
          </li>
        ))}
      </ul>
    </form>
  )
}
