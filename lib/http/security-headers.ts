import { getEnv } from '@/lib/env'
import { REQUEST_ID_HEADER } from './request-id'

/** A year. Without `includeSubDomains`: what else lives under the operator's domain is not ours to decide. */
const HSTS = 'max-age=31536000'

/** Headers that every answer carries, page or API; HSTS only where people open the product by https. */
function transportHeaders(appUrl: string): Record<string, string> {
  const common = { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' }
  return appUrl.startsWith('https://') ? { ...common, 'strict-transport-security': HSTS } : common
}

let shared: Record<string, string> | undefined

/** Headers of every answer of the API. An answer is data: whoever opens one in a browser sees no active content. */
export function apiHeaders(requestId: string): Record<string, string> {
  shared ??= {
    ...transportHeaders(getEnv().appUrl),
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  }
  return { ...shared, [REQUEST_ID_HEADER]: requestId }
}

/** Powers of a browser that no page of the product uses. */
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
 * What a page may load and run (CSP level 3). Scripts: those Next wrote for this very answer, by its nonce, and what they
 * load; no inline script of anybody else. Styles may stand inline: charts and meters size by `style="…"`, and Radix's
 * dialogs add a `<style>` of their own that takes no nonce; a style runs nothing. Images and media may come from what a
 * page has made itself (`blob:`, `data:`).
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

/** Headers of every page. */
export function pageHeaders(scope: PageScope): Record<string, string> {
  return {
    ...transportHeaders(scope.appUrl),
    'content-security-policy': contentSecurityPolicy(scope),
    'referrer-policy': 'strict-origin-when-cross-origin',
    'permissions-policy': PERMISSIONS_POLICY,
  }
}
