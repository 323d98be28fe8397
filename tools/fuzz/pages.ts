import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { appAddresses } from '../app-pages'

/** The visitor of a page. */
export const VIEWERS = ['none', 'session', 'staff'] as const
export type Viewer = (typeof VIEWERS)[number]

/** A target as sent over the wire, not normalised by a client. */
export type PageRequest = { target: string; as: Viewer }

/** A hand-picked hostile segment or value. */
const HOSTILE = [
  '%00',
  'a%00b',
  '%ED%A0%80',
  '%E0%A4%A',
  '%C0%AE',
  '%',
  '%zz',
  '%u0000',
  '.',
  '..',
  '%2e%2e',
  '.%2e',
  '..%2f..%2fsettings',
  '%5c..%5c',
  '\\',
  '%252e%252e',
  '%2500',
  '%0d%0aSet-Cookie:x=1',
  '%E2%80%AE',
  '%F0%9F%92%A5',
  '%FF',
  '__proto__',
  'constructor',
  "'--",
  '<script>',
  'null',
  '-1',
  '1e999',
  '9999-99-99',
  '99999999999999999999',
  `usr_${'0'.repeat(32)}`,
  `app_${'f'.repeat(32)}`,
  'x'.repeat(3_000),
]

/** Query parameters that pages read, and some that no page reads. */
const NAMES = [
  ...[
    'q',
    'app',
    'from',
    'to',
    'period',
    'view',
    'operation',
    'surface',
    'cursor',
    'month',
    'charge',
    'page',
  ],
  ...['session_id', 'returnTo', 'error', 'plan', 'pack', 'code', 'state', 'callbackUrl', 'email', 'token'],
  ...['_rsc', '__proto__', 'x[]', '%00'],
]

/** Ways to write a path that starts like another one. */
const DISGUISES = ['/_next/..', '/_next/static/%2e%2e', '//', '/.', '/api/auth/..', 'http://a']

const hostile = fc.constantFrom(...HOSTILE)
const segment = fc.oneof(
  { weight: 3, arbitrary: hostile },
  { weight: 1, arbitrary: fc.constantFrom('nobody', 'fuzz-app') },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 20 }).map(encodeURIComponent) },
)
const query = fc.array(fc.tuple(fc.constantFrom(...NAMES), hostile), { maxLength: 3 })

/** Requests for all pages and downloads, most of them with something hostile in them. */
export function pageRequests(): fc.Arbitrary<PageRequest> {
  const addresses = [
    ...appAddresses(),
    '/api/auth/error',
    '/api/auth/callback/email',
    '/api/auth/[any]',
    '/[any]',
  ]
  return fc
    .record({
      as: fc.constantFrom(...VIEWERS),
      address: fc.constantFrom(...addresses),
      segments: fc.array(segment, { minLength: 4, maxLength: 4 }),
      disguise: fc.oneof(
        { weight: 5, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: fc.constantFrom(...DISGUISES) },
      ),
      query,
    })
    .map(({ as, address, segments, disguise, query: pairs }) => {
      let place = 0
      const path = address.replace(/\[[^\]]*\]/g, () => segments[place++ % segments.length] ?? '')
      const search = pairs.map(([name, value]) => `${name}=${value}`).join('&')
      return { as, target: `${disguise}${path}${search === '' ? '' : `?${search}`}` }
    })
}

/** The status of the answer, once it is complete. */
export async function askPage(
  origin: string,
  target: string,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<number> {
  const { hostname, port } = new URL(origin)
  const signal = AbortSignal.timeout(timeoutMs)
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ hostname, port, path: target, headers, signal, agent: false }, resolve)
      .once('error', reject)
      .end()
  })
  await text(answer)
  return answer.statusCode ?? 0
}

/** The logged failures of pages, because a stream that fails after its start still has the status 200. */
export function failedPages(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => line.includes('"msg":"unexpected error"') || line.includes('"msg":"printed"'))
    .filter((line) => !line.includes('/api/v1'))
}
