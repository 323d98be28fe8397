import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { mailedLink } from '@/lib/auth/mailed-link'
import { OpenLink } from '../open-link'

export const metadata: Metadata = { title: 'Sign in', robots: { index: false } }

type Query = Record<string, string | string[] | undefined>

/** The page of an e-mailed link. Nothing changes until its button is pressed. */
export default async function MailedLinkPage({ searchParams }: { searchParams: Promise<Query> }) {
  const link = mailedLink(await searchParams)
  if (link === null) redirect('/signin?error=Verification')
  return <OpenLink name={link.email} action={link.action} validity="It works once, within 24 hours." />
}
