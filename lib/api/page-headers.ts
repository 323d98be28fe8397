import { randomBytes } from 'node:crypto'
import { formTargetsOf } from '@/lib/billing/checkout/form-targets'
import { getEnv } from '@/lib/env'
import { pageHeaders } from '@/lib/http/security-headers'

/** The header of the answer; on a request, Next reads the nonce of its scripts from it. */
export const POLICY_HEADER = 'content-security-policy'

/** 128 bits, because nothing else distinguishes a page's scripts from injected ones. */
const NONCE_BYTES = 16

/** The headers of one page, with its own nonce. */
export function headersOfPage(url: URL): Record<string, string> {
  return pageHeaders({
    nonce: randomBytes(NONCE_BYTES).toString('base64'),
    appUrl: getEnv().appUrl,
    isDevelopment: process.env.NODE_ENV === 'development',
    formTargets: formTargetsOf(url),
  })
}
