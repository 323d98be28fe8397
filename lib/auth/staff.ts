import { getEnv } from '@/lib/env'

/**
 * Returns true if a user is staff: their e-mail is listed in `OPERATOR_EMAILS` and verified. Only the product's own sign-in
 * verifies an e-mail; a secret key cannot.
 */
export function isStaff({ email, emailVerified }: { email: string; emailVerified: Date | null }): boolean {
  return emailVerified !== null && getEnv().operatorEmails.includes(email)
}
