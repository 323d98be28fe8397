import { publicId } from '@/lib/ids'

/** Where staff look at an account, or at something in one. */
export function accountPath(accountId: string): string {
  return `/operator/accounts/${publicId('user', accountId)}`
}

export function subjectPath(accountId: string, subject: string): string {
  return `${accountPath(accountId)}/${encodeURIComponent(subject)}`
}
