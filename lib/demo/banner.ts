import path from 'node:path'
import { keptKey } from '@/lib/auth/kept-key'
import { getEnv } from '@/lib/env'
import { DEMO_PEOPLE } from './people'

/** The user of the first call: a person without history, so that its effect is obvious. */
const FIRST_USER = DEMO_PEOPLE[3]

/** The demo's own secret key, the same at every start. */
export function demoKey(dataDir: string): Promise<string> {
  return keptKey(path.join(dataDir, 'demo-key'), 'Demo')
}

/** The text that the demo prints below its URL: how to sign in as each person, and a first metered call. */
export async function demoBanner(address: string): Promise<string> {
  const key = await demoKey(getEnv().dataDir)
  const people = DEMO_PEOPLE.map(({ name, about }) => `    ${name.padEnd(6)}${about}`)
  const body = JSON.stringify({ user: FIRST_USER.externalId, operation: 'web.extract', usage: { pages: 3 } })
  return [
    `  Sign in at ${address}/signin: choose one of`,
    ...people,
    '',
    `  Meter a first operation, and watch ${FIRST_USER.name}’s balance go from 1,000 to 976:`,
    '',
    `    curl ${address}/api/v1/charges \\`,
    `      -H 'Authorization: Bearer ${key}' \\`,
    `      -H "Idempotency-Key: first-$(date +%s)" \\`,
    `      -H 'Content-Type: application/json' \\`,
    `      -d '${body}'`,
    '',
  ].join('\n')
}
