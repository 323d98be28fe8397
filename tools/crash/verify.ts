import type { Pool } from 'pg'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { systemClock } from '@/lib/clock'
import { parsePublicId } from '@/lib/ids'
import type { Client } from './client'
import type { Acknowledged } from './load'

export type Verdict = { findings: string[]; figures: Record<string, number> }

const REPLAYS_AT_ONCE = 16
const FINDINGS_SHOWN = 5

type Kind = 'grant' | 'hold' | 'charge' | 'refund' | 'transfer'

function madeBy({ kind }: Acknowledged): Kind {
  switch (kind) {
    case 'capture':
      return 'charge'
    case 'extend':
    case 'release':
      return 'hold'
    case 'revoke':
      return 'grant'
    default:
      return kind
  }
}

/**
 * Compares the database with the clients' records. Every client has an answer to every request by now, so effects and
 * acknowledgements must match.
 */
export async function verify(pool: Pool, client: Client, acknowledged: Acknowledged[]): Promise<Verdict> {
  const done = acknowledged.filter(({ status }) => status < 300)
  const findings = [
    ...unexpectedStatuses(acknowledged),
    ...(await comparedKeys(pool, done)),
    ...(await comparedObjects(pool, done)),
    ...(await comparedTotals(pool, done)),
    ...(await negativeBalances(pool)),
    ...(await replayed(client, done)),
  ]
  const report = await auditLedger(pool, { now: systemClock.now() })
  for (const check of report.checks)
    if (check.drifted > 0) findings.push(`audit: ${check.rule} drifted ${check.drifted} times`)
  return {
    findings,
    figures: {
      acknowledged: acknowledged.length,
      done: done.length,
      refused: acknowledged.length - done.length,
      charges: done.filter((each) => madeBy(each) === 'charge').length,
      auditedRules: report.checks.length,
    },
  }
}

/**
 * A refusal is 402, or 422 for rewards that do not exist yet, because the load sends nothing else that could be refused.
 */
function unexpectedStatuses(acknowledged: Acknowledged[]): string[] {
  return acknowledged
    .filter(({ kind, status }) => ![200, 201, kind === 'transfer' ? 422 : 402].includes(status))
    .slice(0, FINDINGS_SHOWN)
    .map(({ kind, key, status, text }) => `${kind} ${key} was answered ${status}: ${text}`)
}

/** The database stores exactly the acknowledged keys, each with the answered object. */
async function comparedKeys(pool: Pool, done: Acknowledged[]): Promise<string[]> {
  const { rows } = await pool.query<{ key: string; kind: string; object_id: string }>(
    `select key, kind, object_id from idempotency_keys where key like 'crash %'`,
  )
  const stored = new Map(rows.map((row) => [row.key, row]))
  const findings: string[] = []
  for (const each of done) {
    const kind = madeBy(each)
    const row = stored.get(each.key)
    if (!row) findings.push(`${each.kind} ${each.key} was acknowledged but lost`)
    else if (row.kind !== kind || row.object_id !== parsePublicId(kind, String(each.body.id)))
      findings.push(`${each.kind} ${each.key} created a different object than the answer says`)
    stored.delete(each.key)
  }
  for (const key of stored.keys()) findings.push(`${key} has an effect that was never acknowledged`)
  return findings.slice(0, FINDINGS_SHOWN)
}

/** Expects as many charges and refunds as were acknowledged, and therefore no duplicates. */
async function comparedObjects(pool: Pool, done: Acknowledged[]): Promise<string[]> {
  const { rows } = await pool.query<Record<'charges' | 'refunds' | 'holds' | 'grants' | 'transfers', number>>(
    `select (select count(*) from charges) as charges, (select count(*) from refunds) as refunds,
       (select count(*) from holds) as holds, (select count(*) from grants where source = 'promo') as grants,
       (select count(*) from reward_transfers) as transfers`,
  )
  const [row] = rows
  if (!row) return ['the database returned no figures']
  const count = (kinds: Acknowledged['kind'][]) => done.filter(({ kind }) => kinds.includes(kind)).length
  const pairs: [string, number, number][] = [
    ['charges', row.charges, count(['charge', 'capture'])],
    ['refunds', row.refunds, count(['refund'])],
    ['holds', row.holds, count(['hold'])],
    ['grants', row.grants, count(['grant'])],
    ['transfers', row.transfers, count(['transfer'])],
  ]
  return pairs
    .filter(([, stored, told]) => stored !== told)
    .map(([what, stored, told]) => `${stored} ${what} are stored but ${told} were acknowledged`)
}

/** Each account paid the same amount according to the answers and to its grants. */
async function comparedTotals(pool: Pool, done: Acknowledged[]): Promise<string[]> {
  const told = new Map<string, number>()
  const add = (user: string, amount: number) => told.set(user, (told.get(user) ?? 0) + amount)
  for (const each of done) {
    const { total, absorbed, amount, user } = each.body
    if (madeBy(each) === 'charge') add(String(user), Math.round((Number(total) - Number(absorbed)) * 1_000))
    if (each.kind === 'refund') add(each.user, -Math.round(Number(amount) * 1_000))
  }
  const { rows } = await pool.query<{ account_id: string; used: number }>(
    'select account_id, sum(used)::bigint as used from grants group by account_id',
  )
  return rows.flatMap(({ account_id, used }) => {
    const expected = told.get(`usr_${account_id.replaceAll('-', '')}`) ?? 0
    return used === expected ? [] : [`account ${account_id} used ${used}, its answers add up to ${expected}`]
  })
}

async function negativeBalances(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ account_id: string }>(
    `select account_id from wallets where available < 0 or held < 0
     union select account_id from grants where least(remaining, held, used, expired, revoked) < 0`,
  )
  return rows.map(({ account_id }) => `account ${account_id} has a negative balance`)
}

/**
 * Sends every request again to the next server. The answer must be identical and nothing must happen, so this runs after
 * the comparisons.
 */
async function replayed(client: Client, done: Acknowledged[]): Promise<string[]> {
  const findings: string[] = []
  const waiting = [...done]
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { kind, path, request, key, status, text, server } = next
      const again = await client.post(path, request, key, server + 1)
      if (again.status !== status || again.text !== text || !again.replayed)
        findings.push(`${kind} ${key} repeated: ${again.status} ${again.text}, first ${status} ${text}`)
    }
  }
  await Promise.all(Array.from({ length: REPLAYS_AT_ONCE }, work))
  return findings.slice(0, FINDINGS_SHOWN)
}
