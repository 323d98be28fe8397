import { getEnv } from '@/lib/env'

/**
 * Whether a user is of the operator's staff: their e-mail is named in `OPERATOR_EMAILS`, and they proved that it is theirs.
 * Only the product's own sign-in proves one; a secret key cannot.
 */
export function isStaff({ email, emailVerified }: { email: string; emailVerified: Date | null }): boolean {
  return emailVerified !== null && getEnv().operatorEmails.includes(email)
}
