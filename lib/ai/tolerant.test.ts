import { describe, expect, it } from 'vitest'
import { type ChargeJson, charge } from '@/lib/contract/metering'
import { anyProblem } from '@/lib/contract/problems'
import { tolerant } from './tolerant'

const line = {
  kind: 'usage',
  operation: 'web.extract',
  label: 'Pages',
  quantity: 1,
  unit: 'page',
  unitPlural: 'pages',
  rate: 8,
  per: 1,
  amount: 8,
} as const
const receipt: ChargeJson = {
  id: 'chg_1',
  user: 'usr_1',
  app: null,
  run: null,
  surface: 'api',
  operation: 'web.extract',
  base: 8,
  premium: 0,
  total: 8,
  absorbed: 0,
  refunded: 0,
  usage: { pages: 1 },
  lines: [line],
  funding: [{ source: 'pack', amount: 8 }],
  priceVersion: 1,
  hold: null,
  reference: null,
  metadata: { any: 'name' },
  fingerprint: null,
  createdAt: '2026-03-01T00:00:00.000Z',
}

describe('a tolerant schema', () => {
  it('drops unknown fields at any depth', () => {
    const grown = {
      ...receipt,
      agent: 'agt_1',
      usage: { pages: 1, agents: 2 },
      lines: [{ ...line, note: 'new' }],
    }
    expect(() => charge.parse(grown)).toThrow()
    expect(tolerant(charge).parse(grown)).toEqual(receipt)
  })

  it('still refuses a value of the wrong type', () => {
    expect(tolerant(charge).safeParse({ ...receipt, lines: [{ ...line, amount: '8' }] }).success).toBe(false)
  })

  it('finds the problem of a code among all problems', () => {
    const problem = { type: 'urn:x', title: 'Refused', status: 409, detail: 'd', requestId: 'r' }
    const conflict = { ...problem, code: 'idempotency_conflict', existing: 'chg_1' }
    expect(tolerant(anyProblem).parse({ ...conflict, more: 1 })).toEqual(conflict)
  })
})
