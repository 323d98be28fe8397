import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { OpenLink } from '@/app/signin/open-link'
import { pageContext } from '@/lib/auth/viewer'
import { findPortalLink } from '@/lib/billing/portal/portal-links'

export const metadata: Metadata = { title: 'Sign in', robots: { index: false } }

/** The page of a portal link. Nothing changes until its button is pressed. */
export default async function PortalLinkPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params
  const link = await findPortalLink(pageContext(null), { token })
  if (link === null) redirect('/signin?error=link')
  return (
    <OpenLink
      name={link.name}
      action={`/portal/${token}/open`}
      validity="It works once, within five minutes."
    />
  )
}
