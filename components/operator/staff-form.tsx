import type { ReactNode } from 'react'
import { ActionForm, type LeavingAction } from '@/components/billing/action-form'
import type { ButtonVariant } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { newUuid } from '@/lib/ids'

type StaffFormProps = {
  action: LeavingAction
  /** What it is about; posted with what is filled in. */
  fields: Record<string, string>
  /** What pressing it does. */
  label: string
  busyLabel: string
  /** Who will read the reason. */
  reasonHint: string
  variant?: ButtonVariant
  children?: ReactNode
}

export const HOLDER_READS =
  'Signed with your e-mail for the staff. The account’s holder reads the reason, not who wrote it.'
export const STAFF_READ = 'Signed with your e-mail. Only the staff read it.'

/** An act that asks for a reason. The key makes it one act, however often the form is sent. */
export function StaffForm({
  action,
  fields,
  label,
  busyLabel,
  reasonHint,
  variant,
  children,
}: StaffFormProps) {
  return (
    <ActionForm
      action={action}
      fields={{ ...fields, key: newUuid() }}
      label={label}
      busyLabel={busyLabel}
      variant={variant ?? 'primary'}
    >
      <div className="mb-4 space-y-4">
        {children}
        <Input label="Reason" name="reason" required maxLength={500} autoComplete="off" hint={reasonHint} />
      </div>
    </ActionForm>
  )
}
