import { NuqsAdapter } from 'nuqs/adapters/next/app'
import type { ReactNode } from 'react'
import { AccountLine } from '@/components/dashboard/account-line'
import { QueryProvider } from '@/components/dashboard/query-provider'
import { SidebarShell } from '@/components/ui/shell'
import { SideNav } from '@/components/ui/side-nav'
import { getViewer } from '@/lib/auth/viewer'
import { getEnv } from '@/lib/env'

const pagesOf = (hasBilling: boolean) => [
  { href: '/settings/credits', label: 'Credits' },
  { href: '/settings/usage', label: 'Usage' },
  hasBilling
    ? { href: '/settings/billing', label: 'Billing' }
    : { href: '/settings/statement', label: 'Statement' },
  { href: '/settings/apps', label: 'Apps' },
  { href: '/settings/limits', label: 'Limits' },
  { href: '/settings/rewards', label: 'Rewards' },
]

/** The layout of the settings. Visitors get no layout here; each page redirects them to sign in first. */
export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const viewer = await getViewer()
  if (viewer === null) return children
  const account = <AccountLine email={viewer.email} />
  return (
    <SidebarShell
      nav={
        <>
          <SideNav label="Settings" items={pagesOf(getEnv().hasBilling)} />
          <div className="mt-6 hidden border-t border-line pt-4 md:block">{account}</div>
        </>
      }
      phoneFoot={account}
    >
      <NuqsAdapter>
        <QueryProvider>{children}</QueryProvider>
      </NuqsAdapter>
    </SidebarShell>
  )
}
