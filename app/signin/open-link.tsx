import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { ColumnShell, PageHeader } from '@/components/ui/shell'
import { getViewer } from '@/lib/auth/viewer'

type OpenLinkProps = {
  /** The displayed name of the person whom the link signs in. */
  name: string
  /** The URL that consumes the link. */
  action: string
  validity: string
}

/** The page of a sign-in link, with one button in a plain form that needs no scripts. Opening the page changes nothing. */
export async function OpenLink({ name, action, validity }: OpenLinkProps) {
  const viewer = await getViewer()
  return (
    <ColumnShell>
      <div className="mx-auto grid max-w-md gap-5">
        <PageHeader title="Sign in" description="Your link is ready. Press the button to use it." />
        <Panel footer={`${validity} If you did not ask for it, close this page.`}>
          <div className="grid gap-4 text-sm">
            <p>
              This link signs you in as <bdi className="font-medium break-words">{name}</bdi>.
              {viewer && (
                <>
                  {' '}
                  You are signed in as <bdi>{viewer.name ?? viewer.email}</bdi> now.
                </>
              )}
            </p>
            <form action={action} method="post">
              <Button type="submit" variant="primary" className="w-full">
                Sign in
              </Button>
            </form>
          </div>
        </Panel>
      </div>
    </ColumnShell>
  )
}
