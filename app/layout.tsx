import './globals.css'
import type { Metadata, Viewport } from 'next'
import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { HeaderBalance } from '@/app/header-balance'
import { catalogColors } from '@/components/site/catalog-colors'
import { SiteFooter } from '@/components/site/site-footer'
import { SiteHeader } from '@/components/site/site-header'
import { parseTheme, THEME_COOKIE } from '@/components/site/theme'
import { classNames } from '@/components/ui/class-names'
import { ScriptsProvider } from '@/components/ui/scripts'
import { SCRIPTS_OFF_COOKIE } from '@/components/ui/scripts-cookie'
import { getViewer, type Viewer } from '@/lib/auth/viewer'
import { catalogVersions, currentCatalog } from '@/lib/catalogs/current'
import { geistMono, geistSans } from './fonts'

/** Every page names the brand of the catalogue, which is not known at build time. */
export const dynamic = 'force-dynamic'

export function generateMetadata(): Metadata {
  const { name } = currentCatalog().brand
  return {
    title: { default: name, template: `%s · ${name}` },
    description: 'The cost of AI features, your remaining credits, and where they went.',
  }
}

export const viewport: Viewport = {
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fafafa' },
    { media: '(prefers-color-scheme: dark)', color: '#0f0f11' },
  ],
}

/** next-auth's session cookie; its name has a prefix on https. */
const SESSION_COOKIES = ['next-auth.session-token', '__Secure-next-auth.session-token']

export default async function RootLayout({ children }: { children: ReactNode }) {
  const jar = await cookies()
  const theme = parseTheme(jar.get(THEME_COOKIE)?.value)
  // Without the cookie the viewer is a visitor, so the database is not queried.
  const viewer = SESSION_COOKIES.some((name) => jar.has(name)) ? await viewerOrNull() : null
  const catalog = currentCatalog()
  return (
    <html
      lang="en"
      data-theme={theme === 'system' ? undefined : theme}
      className={classNames(geistSans.variable, geistMono.variable)}
    >
      <head>
        <style>{catalogColors(catalogVersions(), catalog)}</style>
      </head>
      <body className="flex min-h-dvh flex-col bg-canvas font-sans text-ink antialiased">
        <a
          href="#content"
          className="absolute -top-20 left-4 z-50 rounded-md bg-accent px-4 py-2 text-sm font-medium text-on-accent focus:top-3"
        >
          Skip to content
        </a>
        <ScriptsProvider areOff={jar.has(SCRIPTS_OFF_COOKIE)}>
          <SiteHeader
            name={catalog.brand.name}
            balance={viewer && <HeaderBalance viewer={viewer} />}
            isStaff={viewer?.isStaff === true}
          />
          <main id="content" tabIndex={-1} className="flex-1 outline-none">
            {children}
          </main>
          <SiteFooter theme={theme} supportEmail={catalog.brand.supportEmail} />
        </ScriptsProvider>
      </body>
    </html>
  )
}

/**
 * Null for visitors, and while the database is unavailable. A page that depends on the viewer reads the viewer
 * separately and logs the failure.
 */
async function viewerOrNull(): Promise<Viewer | null> {
  return getViewer().catch(() => null)
}
