import type { Context } from '@/lib/context'
import type { Staff } from './require-staff'

/** The context of staff work in other accounts: the product's own, once `requireStaff` has answered. */
export function supportContext(ctx: Context, staff: Staff): Context {
  return { ...ctx, caller: { kind: 'system', name: `staff ${staff.email}` } }
}
