import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import { AccountLine } from '@/components/dashboard/account-line'
import { SearchShortcut } from '@/components/operator/search-shortcut'
import { SidebarShell } from '@/components/ui/shell'
import { SideNav } from '@/components/ui/side-nav'
import { staffContext } from './staff-context'

export const metadata: Metadata = {
  title: { default: 'Operator', template: '%s · Operator' },
  robots: { index: false },
}

const pages = [
  { href: '/operator', label: 'Find', exact: true },
  { href: '/operator/notices', label: 'Notices' },
  { href: '/operator/report', label: 'Report' },
  { href: '/operator/catalog', label: 'Catalogue' },
  { href: '/operator/webhooks', label: 'Webhooks' },
]

/** The layout of the staff pages. Each page checks the caller itself, because a layout protects nothing. */
export default async function OperatorLayout({ children }: { children: ReactNode }) {
  const { staff } = await staffContext()
  const account = <AccountLine email={staff.email} />
  return (
    <SidebarShell
      nav={
        <>
          <SideNav label="Operator" items={pages} />
          <div className="mt-6 hidden border-t border-line pt-4 md:block">{account}</div>
        </>
      }
      phoneFoot={account}
    >
      <SearchShortcut />
      {children}
    </SidebarShell>
  )
}
