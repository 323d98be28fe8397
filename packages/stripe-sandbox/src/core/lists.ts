import type Stripe from 'stripe'
import { invalid, noSuch } from './errors'
import type { Params } from './params'

const LIMIT_DEFAULT = 10
const LIMIT_MAX = 100

export function listOf<T>(data: T[], url: string): Stripe.ApiList<T> {
  return { object: 'list', data, has_more: false, url }
}

/** Reads `created` as a number or as a range such as `created[gte]`. */
export function createdFilter(params: Params): (row: { created: number }) => boolean {
  if (!params.has('created')) return () => true
  if (!params.isObject('created')) {
    const exact = params.integer('created')
    return (row) => row.created === exact
  }
  const range = params.object('created')
  const gt = range?.integer('gt') ?? Number.NEGATIVE_INFINITY
  const gte = range?.integer('gte') ?? Number.NEGATIVE_INFINITY
  const lt = range?.integer('lt') ?? Number.POSITIVE_INFINITY
  const lte = range?.integer('lte') ?? Number.POSITIVE_INFINITY
  return ({ created }) => created > gt && created >= gte && created < lt && created <= lte
}

/** Returns one page of filtered rows, newest first. Reads the paging parameters and refuses all that are still unread. */
export function page<T extends { id: string }>(params: Params, rows: T[], url: string): Stripe.ApiList<T> {
  const limit = params.integer('limit') ?? LIMIT_DEFAULT
  const after = params.text('starting_after')
  const before = params.text('ending_before')
  params.finish()
  if (limit < 1 || limit > LIMIT_MAX) {
    throw invalid(`This value must be between 1 and ${LIMIT_MAX}`, 'limit')
  }
  const position = (id: string, param: string): number => {
    const index = rows.findIndex((row) => row.id === id)
    if (index < 0) throw noSuch('object', id, param)
    return index
  }
  if (before !== undefined) {
    const end = position(before, 'ending_before')
    const start = Math.max(0, end - limit)
    return { object: 'list', data: rows.slice(start, end), has_more: start > 0, url }
  }
  const start = after === undefined ? 0 : position(after, 'starting_after') + 1
  return {
    object: 'list',
    data: rows.slice(start, start + limit),
    has_more: start + limit < rows.length,
    url,
  }
}
