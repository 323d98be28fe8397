import { getEnv } from '@/lib/env'
import { REQUEST_ID_HEADER } from './request-id'

/** One year, without `includeSubDomains`, because the operator decides about other hosts of the domain. */
const HSTS = 'max-age=31536000'

/** The headers of every answer, page or API; HSTS only if the product is served over https. */
function transportHeaders(appUrl: string): Record<string, string> {
  const common = { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' }
  return appUrl.startsWith('https://') ? { ...common, 'strict-transport-security': HSTS } : common
}

let shared: Record<string, string> | undefined

/** The headers of every API answer. An answer is data, in which a browser must not run active content. */
export function apiHeaders(requestId: string): Record<string, string> {
  shared ??= {
    ...transportHeaders(getEnv().appUrl),
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  }
  return { ...shared, [REQUEST_ID_HEADER]: requestId }
}

/** Browser features that no product page uses. */
const PERMISSIONS_POLICY = [
  'accelerometer',
  'browsing-topics',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'payment',
  'usb',
]
  .map((power) => `${power}=()`)
  .join(', ')

type PageScope = { nonce: string; appUrl: string; isDevelopment: boolean; formTargets: string[] }

/**
 * The Content Security Policy (level 3) of a page. Scripts must have the nonce of this answer or be loaded by one that has
 * it. Inline styles are allowed, because charts and meters size themselves with `style="…"`, Radix dialogs add a `<style>`
 * without a nonce, and styles run no code. Images and media may also come from data that the page created (`blob:`,
 * `data:`).
 */
function contentSecurityPolicy({ nonce, appUrl, isDevelopment, formTargets }: PageScope): string {
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ''}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob: data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
  ]
  if (appUrl.startsWith('https://')) policy.push('upgrade-insecure-requests')
  return policy.join('; ')
}

/** The headers of every page. */
export function pageHeaders(scope: PageScope): Record<string, string> {
  return {
    ...transportHeaders(scope.appUrl),
    'content-security-policy': contentSecurityPolicy(scope),
    'referrer-policy': 'strict-origin-when-cross-origin',
    'permissions-policy': PERMISSIONS_POLICY,
  }
}
