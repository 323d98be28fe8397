import type { Context } from '@/lib/context'
import type { Staff } from './require-staff'

/** The context for staff work in other accounts: the product's own, after `requireStaff` has passed. */
export function supportContext(ctx: Context, staff: Staff): Context {
  return { ...ctx, caller: { kind: 'system', name: `staff ${staff.email}` } }
}
