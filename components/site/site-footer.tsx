import Link from 'next/link'
import type { Theme } from '@/components/site/theme'
import { ThemeSwitch } from '@/components/site/theme-switch'

const links = [
  { href: '/pricing', label: 'Pricing' },
  { href: '/guide', label: 'Guide' },
  { href: '/docs/api', label: 'API' },
]

type SiteFooterProps = { theme: Theme; supportEmail: string | null }

export function SiteFooter({ theme, supportEmail }: SiteFooterProps) {
  return (
    <footer className="mt-auto border-t border-line">
      <div className="flex flex-wrap items-center justify-between gap-x-8 gap-y-4 px-4 py-6 text-label text-muted sm:px-6">
        <nav aria-label="Footer">
          <ul className="flex flex-wrap gap-x-6 gap-y-2">
            {links.map((link) => (
              <li key={link.href}>
                <Link href={link.href} className="hover:text-ink">
                  {link.label}
                </Link>
              </li>
            ))}
            <li>
              {/* The API serves this file, so the link bypasses the router. */}
              <a href="/api/openapi.json" className="hover:text-ink">
                OpenAPI
              </a>
            </li>
            {supportEmail !== null && (
              <li>
                <a href={`mailto:${supportEmail}`} className="hover:text-ink">
                  {supportEmail}
                </a>
              </li>
            )}
          </ul>
        </nav>
        <ThemeSwitch theme={theme} />
      </div>
    </footer>
  )
}
