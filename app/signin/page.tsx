import type { Metadata } from 'next'
import { Button } from '@/components/ui/button'
import { LinkButton } from '@/components/ui/link-button'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { ColumnShell, PageHeader } from '@/components/ui/shell'
import { configuredWays, type SignInWay } from '@/lib/auth/providers'
import { safeCallbackUrl } from '@/lib/auth/return-to'
import { getViewer } from '@/lib/auth/viewer'
import { getEnv } from '@/lib/env'
import { DemoPeople } from './demo-people'
import { errorWords } from './error-words'
import { EmailForm, ProviderButton } from './ways'

export const metadata: Metadata = { title: 'Sign in' }

type Query = Record<string, string | string[] | undefined>

export default async function SignInPage({ searchParams }: { searchParams: Promise<Query> }) {
  const [query, viewer] = await Promise.all([searchParams, getViewer()])
  const env = getEnv()
  const returnTo = safeCallbackUrl(query.returnTo ?? query.callbackUrl, env.appUrl)
  const error = errorWords(typeof query.error === 'string' ? query.error : undefined)
  const ways = configuredWays(env)
  return (
    <ColumnShell>
      <div className="mx-auto grid max-w-md gap-5">
        <PageHeader
          title="Sign in"
          description="See how many credits you have left and where each one went."
        />
        {error && (
          <Notice tone="bad" title={error.title} role="alert">
            {error.text}
          </Notice>
        )}
        {viewer && <SignedIn name={viewer.name ?? viewer.email} returnTo={returnTo} />}
        {ways.length > 0 && <Ways ways={ways} returnTo={returnTo} />}
        {env.isDemo && (
          <Panel
            flush
            title="Look around as"
            description="These people and their history are made up, and exist only in this demo."
          >
            <DemoPeople returnTo={returnTo} />
          </Panel>
        )}
        {ways.length === 0 && !env.isDemo && (
          <Notice tone="warn" title="Signing in is not set up here">
            The operator can set up e-mail links, GitHub or Google.
          </Notice>
        )}
      </div>
    </ColumnShell>
  )
}

function SignedIn({ name, returnTo }: { name: string; returnTo: string }) {
  return (
    <Notice
      title={
        <>
          You are signed in as <bdi>{name}</bdi>
        </>
      }
      action={
        <>
          <LinkButton size="sm" href={returnTo}>
            Continue
          </LinkButton>
          <form action="/signin/out" method="post">
            <Button size="sm" variant="ghost" type="submit">
              Sign out
            </Button>
          </form>
        </>
      }
    />
  )
}

const PROVIDER_NAMES = { github: 'GitHub', google: 'Google' }

function Ways({ ways, returnTo }: { ways: SignInWay[]; returnTo: string }) {
  return (
    <Panel>
      <div className="grid gap-4">
        {ways.map((way) =>
          way === 'email' ? (
            <EmailForm key={way} returnTo={returnTo} />
          ) : (
            <ProviderButton key={way} provider={way} name={PROVIDER_NAMES[way]} returnTo={returnTo} />
          ),
        )}
      </div>
    </Panel>
  )
}
