import { randomBytes } from 'node:crypto'
import { formTargetsOf } from '@/lib/billing/checkout/form-targets'
import { getEnv } from '@/lib/env'
import { pageHeaders } from '@/lib/http/security-headers'

/** The header of the answer; on a request, it is where Next looks for the nonce to write into its scripts. */
export const POLICY_HEADER = 'content-security-policy'

/** 128 bits: a page's scripts are told from injected ones by nothing else. */
const NONCE_BYTES = 16

/** The headers of one answer with a page, with a nonce of its own. */
export function headersOfPage(url: URL): Record<string, string> {
  return pageHeaders({
    nonce: randomBytes(NONCE_BYTES).toString('base64'),
    appUrl: getEnv().appUrl,
    isDevelopment: process.env.NODE_ENV === 'development',
    formTargets: formTargetsOf(url),
  })
}
