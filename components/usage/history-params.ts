import {
  createLoader,
  createParser,
  createSerializer,
  type inferParserType,
  parseAsArrayOf,
  parseAsString,
  parseAsStringLiteral,
} from 'nuqs/server'
import { PERIOD_CHOICES, type PeriodChoice } from '@/lib/usage/period-choices'
import { SURFACES, type Surface, USAGE_VIEWS } from '@/lib/usage/usage-views'

const parseAsDay = createParser({
  parse: (text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : null),
  serialize: (day: string) => day,
})

/** The chart's views: usage by one dimension, or compared with the days before. */
export const CHART_VIEWS = [...USAGE_VIEWS, 'before'] as const
export type ChartView = (typeof CHART_VIEWS)[number]

/** The usage page's state in the URL: filters, chart view, position in the list, open receipt. */
export const historyParams = {
  operation: parseAsString,
  /** The app's slug. */
  app: parseAsString,
  surface: parseAsStringLiteral(SURFACES),
  period: parseAsStringLiteral(PERIOD_CHOICES).withDefault('30d'),
  /** The first and last days of a custom period, both included. */
  from: parseAsDay,
  to: parseAsDay,
  q: parseAsString,
  view: parseAsStringLiteral(CHART_VIEWS).withDefault('operation'),
  /** The keys of series switched off in the legend. */
  hide: parseAsArrayOf(parseAsString).withDefault([]),
  /** Cursors: the page of charges older or newer than a given one. */
  before: parseAsString,
  after: parseAsString,
  receipt: parseAsString,
}

export type HistoryParams = inferParserType<typeof historyParams>

export const loadHistoryParams = createLoader(historyParams)

const serialize = createSerializer(historyParams)

export const HISTORY_PATH = '/settings/usage'

/** Returns to the first page, because a cursor is only valid for its own list. */
const FIRST_PAGE = { before: null, after: null, receipt: null }

/** Removes all filters, including the default period. */
export const EVERYTHING = {
  operation: null,
  app: null,
  surface: null,
  period: 'all',
  from: null,
  to: null,
  q: null,
} as const satisfies Partial<HistoryParams>

/** The URL of the page with some parameters changed and the receipt closed. */
export function historyHref(params: HistoryParams, change: Partial<HistoryParams> = {}): string {
  return serialize(HISTORY_PATH, { ...params, ...FIRST_PAGE, ...change })
}

/** The URL of the listed charges as CSV. */
export function csvHref(params: HistoryParams): string {
  const { view, hide, ...filters } = params
  return serialize(`${HISTORY_PATH}/export.csv`, { ...filters, ...FIRST_PAGE })
}

/** True if any filter other than the period narrows the list. */
export function isFiltered({ operation, app, surface, q }: HistoryParams): boolean {
  return operation !== null || app !== null || surface !== null || q !== null
}

/** The labels of the periods, in the order shown. */
export const periodNames: Record<PeriodChoice, string> = {
  this: 'This period',
  last: 'Last period',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  custom: 'Custom days',
  all: 'All time',
}

export const surfaceNames: Record<Surface, string> = { editor: 'Editor', app: 'Apps', api: 'API calls' }
