import type { ReactNode } from 'react'
import { ActionForm, type LeavingAction } from '@/components/billing/action-form'
import type { ButtonVariant } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { newUuid } from '@/lib/ids'

type StaffFormProps = {
  action: LeavingAction
  /** Identifies the object of the action; posted with the other fields. */
  fields: Record<string, string>
  label: string
  busyLabel: string
  /** Says who will read the reason (default: staff alone). */
  reasonHint?: string
  variant?: ButtonVariant
  children?: ReactNode
}

export const HOLDER_READS =
  'Signed with your e-mail for staff. The account holder can read the reason, but not who wrote it.'
const STAFF_READ = 'Signed with your e-mail. Only staff can read it.'

/** A staff action with a reason. Its key ensures that it happens once, however often the form is sent. */
export function StaffForm({
  action,
  fields,
  label,
  busyLabel,
  reasonHint = STAFF_READ,
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
