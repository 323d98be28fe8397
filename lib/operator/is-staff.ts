import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { requireStaff } from './require-staff'

/** Whether the caller is a member of the operator's staff. For what a page shows; verbs of staff ask `requireStaff` themselves. */
export async function isStaff(ctx: Context): Promise<boolean> {
  try {
    await requireStaff(ctx)
    return true
  } catch (error) {
    if (error instanceof NotFound) return false
    throw error
  }
}
