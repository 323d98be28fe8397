import type { Metadata } from 'next'
import { accountPath } from '@/components/operator/paths'
import { HOLDER_READS, StaffForm } from '@/components/operator/staff-form'
import { Input } from '@/components/ui/field'
import { LinkButton } from '@/components/ui/link-button'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import { publicId } from '@/lib/ids'
import { readAccount } from '@/lib/operator/read-account'
import { give } from '../../../actions'
import { orNotFound, staffContext, userIn } from '../../../staff-context'

export const metadata: Metadata = { title: 'Give credits' }

export default async function GivePage({ params }: { params: Promise<{ user: string }> }) {
  const { ctx } = await staffContext()
  const { user } = await orNotFound(readAccount(ctx, { accountId: userIn(await params) }))
  return (
    <>
      <PageHeader
        title="Give promotional credits"
        description={`To ${user.email}. Unspent credits can be revoked later.`}
        actions={<LinkButton href={accountPath(user.id)}>Back to the account</LinkButton>}
      />
      <Panel className="max-w-lg">
        <StaffForm
          action={give}
          fields={{ user: publicId('user', user.id) }}
          label="Give credits"
          busyLabel="Giving…"
          reasonHint={HOLDER_READS}
        >
          <Input
            label="Amount"
            name="amount"
            inputMode="decimal"
            required
            suffix="credits"
            autoComplete="off"
          />
          <Input
            label="Expire after"
            name="days"
            inputMode="numeric"
            suffix="days"
            autoComplete="off"
            hint="Leave empty for credits that never expire."
          />
        </StaffForm>
      </Panel>
    </>
  )
}
