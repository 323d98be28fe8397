import Link from 'next/link'
import type { ReactNode } from 'react'
import { classNames } from '@/components/ui/class-names'
import { LinkButton } from '@/components/ui/link-button'

type SiteHeaderProps = { name: string; balance: ReactNode; isStaff: boolean }

/**
 * The header of every page. `name` is the brand's. `balance` is the viewer's balance chip, null for visitors. `isStaff`
 * only shows a link: the pages behind it check the caller themselves.
 */
export function SiteHeader({ name, balance, isStaff }: SiteHeaderProps) {
  return (
    <header className="sticky top-0 z-30 border-b border-line bg-canvas">
      <div className="flex h-14 items-center gap-2 px-4 sm:gap-6 sm:px-6">
        <Link href="/" className="flex items-center gap-2.5 whitespace-nowrap font-medium tracking-tight">
          <BrandMark />
          <span className="max-[430px]:sr-only">{name}</span>
        </Link>
        <nav aria-label="Main" className="ml-auto flex items-center gap-1 text-sm sm:ml-2 sm:gap-2">
          <HeaderLink href="/apps">Apps</HeaderLink>
          {/* There is room for four links on a phone. */}
          <HeaderLink href="/pricing" className={isStaff ? 'hidden sm:block' : undefined}>
            Pricing
          </HeaderLink>
          <HeaderLink href="/guide">Guide</HeaderLink>
          <HeaderLink href="/docs/api" className="hidden sm:block">
            API
          </HeaderLink>
          {isStaff && <HeaderLink href="/operator">Operator</HeaderLink>}
        </nav>
        <div className="flex items-center gap-3 sm:ml-auto">
          {balance}
          {balance === null ? (
            <LinkButton href="/signin" size="sm">
              Sign in
            </LinkButton>
          ) : (
            // On a phone, the balance chip links to the dashboard.
            <LinkButton href="/settings/credits" size="sm" className="max-sm:hidden">
              Dashboard
            </LinkButton>
          )}
        </div>
      </div>
    </header>
  )
}

type HeaderLinkProps = { href: string; className?: string; children: string }

function HeaderLink({ href, className, children }: HeaderLinkProps) {
  return (
    <Link href={href} className={classNames('rounded-md px-2 py-1.5 text-muted hover:text-ink', className)}>
      {children}
    </Link>
  )
}

/** Three readings on one scale: left, held and used credits. */
function BrandMark() {
  return (
    <svg aria-hidden="true" viewBox="0 0 20 20" className="size-5">
      <rect width="20" height="20" rx="5" fill="var(--accent)" />
      <g fill="var(--on-accent)">
        <rect x="4.5" y="4.75" width="11" height="2.5" rx="1.25" />
        <rect x="4.5" y="8.75" width="7.5" height="2.5" rx="1.25" opacity="0.8" />
        <rect x="4.5" y="12.75" width="4" height="2.5" rx="1.25" opacity="0.6" />
      </g>
    </svg>
  )
}
