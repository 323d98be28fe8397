import type { Pool } from 'pg'
import { SECOND_MS } from '@/lib/clock'
import { allowSilence } from '@/lib/db/pool'
import { sqlOf } from './check'
import { GRANT_CHECKS } from './grant-checks'

/** The rules that only read wallets and grants, so their cost grows with accounts, not with charges. */
const BALANCE_RULES = ['grant-conserves', 'wallet-available', 'wallet-held']

/** A check that takes longer than this is left to `npm run audit` at a quiet time. */
const TIMEOUT_MS = 60_000

/** Returns the number of rows that break each balance rule, the part of `auditLedger` that is cheap enough to run often. */
export async function checkBalances(pool: Pool): Promise<{ rule: string; drifted: number }[]> {
  const checks = GRANT_CHECKS.filter(({ rule }) => BALANCE_RULES.includes(rule))
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin isolation level repeatable read read only')
    await client.query(`set local statement_timeout = ${TIMEOUT_MS}`)
    allowSilence(client, TIMEOUT_MS + SECOND_MS)
    const found: { rule: string; drifted: number }[] = []
    for (const { rule, sql } of checks) {
      const { rows } = await client.query<{ drifted: number }>(
        `select count(*) as drifted from (${sqlOf(sql)}) drift`,
      )
      found.push({ rule, drifted: rows[0]?.drifted ?? 0 })
    }
    return found
  } finally {
    await client.query('rollback').catch((error: Error) => {
      broken = error
    })
    client.release(broken)
  }
}
