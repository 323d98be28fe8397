import type { Check } from './check'
import { TAKEBACKS_DUE } from './reward-terms'

/** Rewards reversed because the money for their credits was returned (docs/adr/0006). */
export const TAKEBACK_CHECKS: Check[] = [
  {
    rule: 'reward-takebacks',
    states:
      'returned money reverses the rewards that its grant funded, in proportion to the shortfall’s share of the used credits',
    sql: `
      with ${TAKEBACKS_DUE},
      told as (
        select account_id, grant_id, creator_id, app_id, day, operation, sum(amount) as amount from reward_takebacks
        group by 1, 2, 3, 4, 5, 6)
      select grant_id::text as id, format('%s %s of creator %s: told %s, due %s', day, operation, creator_id,
        coalesce(t.amount, 0), coalesce(d.amount, 0)) as detail
      from told t full join due d using (account_id, grant_id, creator_id, app_id, day, operation)
      where coalesce(t.amount, 0) <> coalesce(d.amount, 0)`,
  },
]
