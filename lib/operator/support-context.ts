import type { Context } from '@/lib/context'
import type { Staff } from './require-staff'

/** What staff read and do in other people's accounts is asked as the product, once `requireStaff` has answered. */
export function supportContext(ctx: Context, staff: Staff): Context {
  return { ...ctx, caller: { kind: 'system', name: `staff ${staff.email}` } }
}
