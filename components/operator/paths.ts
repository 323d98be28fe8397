import { publicId } from '@/lib/ids'

/** The staff page for an account, or for an object in the account. */
export function accountPath(accountId: string): string {
  return `/operator/accounts/${publicId('user', accountId)}`
}

export function subjectPath(accountId: string, subject: string): string {
  return `${accountPath(accountId)}/${encodeURIComponent(subject)}`
}

/** The staff page of a webhook endpoint. */
export function endpointPath(id: string): string {
  return `/operator/webhooks/${publicId('endpoint', id)}`
}

/** The staff page of a version of the catalogue. */
export function versionPath(version: number): string {
  return `/operator/catalog/${version}`
}
