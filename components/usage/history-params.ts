import {
  createLoader,
  createParser,
  createSerializer,
  type inferParserType,
  parseAsString,
  parseAsStringLiteral,
} from 'nuqs/server'
import { PERIOD_CHOICES } from '@/lib/usage/periods'
import { SURFACES } from '@/lib/usage/surface'

const parseAsDay = createParser({
  parse: (text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : null),
  serialize: (day: string) => day,
})

/** The history's state in the URL: what is filtered by, where in the list, and which receipt is open. */
export const historyParams = {
  operation: parseAsString,
  /** The app's slug. */
  app: parseAsString,
  surface: parseAsStringLiteral(SURFACES),
  period: parseAsStringLiteral(PERIOD_CHOICES).withDefault('all'),
  /** First and last day of a custom period, both included. */
  from: parseAsDay,
  to: parseAsDay,
  q: parseAsString,
  /** Cursors: the page of charges older, or newer, than one. */
  before: parseAsString,
  after: parseAsString,
  receipt: parseAsString,
}

export type HistoryParams = inferParserType<typeof historyParams>

export const loadHistoryParams = createLoader(historyParams)

const serialize = createSerializer(historyParams)

export const HISTORY_PATH = '/settings/usage'

/** A page of the history with the same filters. The receipt stays behind: it belongs to the page it was opened on. */
export function historyHref(params: HistoryParams, place: { before?: string; after?: string } = {}): string {
  return serialize(HISTORY_PATH, { ...params, before: null, after: null, receipt: null, ...place })
}

/** What the page shows, as CSV. */
export function csvHref(params: HistoryParams): string {
  return serialize(`${HISTORY_PATH}/export.csv`, { ...params, before: null, after: null, receipt: null })
}

export function isFiltered(params: HistoryParams): boolean {
  const { operation, app, surface, period, q } = params
  return operation !== null || app !== null || surface !== null || period !== 'all' || q !== null
}
