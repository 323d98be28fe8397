'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { classNames } from '@/components/ui/class-names'

/** `exact`: the item is current only at its own URL, not on pages below it. */
export type SideNavItem = { href: string; label: string; exact?: boolean }

/** Navigation beside the content; on a phone, a row of tabs above it. */
export function SideNav({ label, items }: { label: string; items: SideNavItem[] }) {
  const pathname = usePathname()
  return (
    <nav aria-label={label} className="min-w-0">
      <ul className="flex gap-5 overflow-x-auto border-b border-line md:flex-col md:gap-0.5 md:border-0">
        {items.map((item) => {
          const current = pathname === item.href || (!item.exact && pathname.startsWith(`${item.href}/`))
          return (
            <li key={item.href}>
              <Link
                href={item.href}
                aria-current={current ? 'page' : undefined}
                className={classNames(
                  'block whitespace-nowrap border-b-2 py-2.5 text-sm focus-visible:-outline-offset-2 md:rounded-md md:border-0 md:px-3 md:py-1.5',
                  current
                    ? 'border-accent font-medium text-ink md:bg-sunken'
                    : 'border-transparent text-muted hover:text-ink',
                )}
              >
                {item.label}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}
