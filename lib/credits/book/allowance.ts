import { isFreePlan } from '@/lib/catalog'
import type { AccountBook } from './book'
import { freePeriodAt } from './periods'
import type { Grant } from './records'

/**
 * The allowance that is shown: the newest one of the plan the account is on or, where that has none, what is left of another;
 * null when there is none now.
 */
export function currentAllowance(book: AccountBook): Grant | null {
  const all = [...book.grants.values()].filter(({ period }) => period !== null && period.start <= book.now)
  const isFree = isFreePlan(book.plan)
  // A Free period lasts whether or not an upgrade ended its allowance; a paid one lasts as long as its allowance.
  const isUnderWay = (grant: Grant) =>
    isFree ? (grant.period?.end ?? book.now) > book.now : book.isLive(grant)
  const own = all.filter((grant) => grant.period?.plan === book.plan && isUnderWay(grant))
  const found = own.length > 0 || isFree ? own : all.filter((grant) => book.isLive(grant))
  return found.reduce<Grant | null>(
    (newest, grant) => (startOf(grant) > startOf(newest) ? grant : newest),
    null,
  )
}

function startOf(grant: Grant | null): number {
  return grant?.period?.start.getTime() ?? Number.NEGATIVE_INFINITY
}

/**
 * When the account's allowance starts anew, at the latest: at the end of the one under way or, where none is, when the plan
 * expects its next credits. Null while nothing is known to bring any.
 */
export function resetsAt(book: AccountBook): Date | null {
  if (isFreePlan(book.plan)) return freePeriodAt(book.anchorDay, book.now).end
  if (book.planEndsAt !== null) return book.planEndsAt
  const allowance = currentAllowance(book)
  const end = allowance?.period?.plan === book.plan ? allowance.period.end : null
  if (end !== null && end > book.now) return end
  if (book.planRenewsAt !== null && book.planRenewsAt > book.now) return book.planRenewsAt
  return end
}
