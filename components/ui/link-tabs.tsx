import Link from 'next/link'
import { segmentClass, segmentsClass } from '@/components/ui/segments'

export type LinkTab = { href: string; label: string; current: boolean }

/** A choice kept in the URL, such as a period: a row of links with the current one marked. */
export function LinkTabs({ label, items }: { label: string; items: LinkTab[] }) {
  return (
    <nav aria-label={label} className="max-w-full overflow-x-auto">
      <ul className={segmentsClass}>
        {items.map((item) => (
          <li key={item.href}>
            <Link
              href={item.href}
              scroll={false}
              aria-current={item.current ? 'true' : undefined}
              className={segmentClass(item.current)}
            >
              {item.label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
