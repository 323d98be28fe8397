import type { Happened } from './explain.test-support'
import { isPaid } from './plan-rules.test-support'
import { earningsFrom, netOf } from './reward-rules.test-support'
import { APP_CREATORS, type ModelAccount } from './state.test-support'

/** The number of times each case occurred in a run, which proves that the commands reach the rules. */
export type Reached = Map<string, number>

export function addReached(reached: Reached, more: Reached): void {
  for (const [what, times] of more) reached.set(what, (reached.get(what) ?? 0) + times)
}

/** Counts the result of each command and the other rules it reached. */
export function countReached(reached: Reached, happened: Happened[], before: ModelAccount[]): void {
  for (const one of happened) {
    const { command, said } = one
    const { answer } = said
    const end = answer.ok ? (answer.replayed ? 'repeated' : 'done') : answer.code
    const touched = answer.ok && !answer.replayed ? touchedBy(one, before[command.account]) : []
    const scope = answer.facts.scope === undefined ? '' : ` (${answer.facts.scope})`
    const what = [`${command.kind}: ${end}${scope}`, ...touched]
    addReached(reached, new Map(what.map((name) => [name, 1])))
  }
}

function touchedBy({ command, said, onHold }: Happened, account: ModelAccount | undefined): string[] {
  const { facts } = said.answer
  const hold = command.kind === 'capture' ? account?.holds.find(({ ref }) => ref === command.hold) : undefined
  const app = command.kind === 'charge' ? command.app : (hold?.app ?? null)
  const creator = app === null ? null : APP_CREATORS[app]
  const touched: Record<string, boolean | undefined> = {
    'a capture absorbs': Number(facts.absorbed) > 0,
    'a capture above its hold':
      hold !== undefined && Number(facts.base) + Number(facts.premium) > hold.amount,
    'a late capture': hold?.status === 'expired',
    'an app with a budget': app !== null && account?.budgets.has(app) === true,
    'use in a run': command.kind === 'charge' && command.run !== null,
    'use between a paid period and its renewal': account?.grants.some(
      (one) => isPaid(one) && one.remaining > 0 && Number(one.end) <= account.movedAt,
    ),
    'use of the account’s own app': creator === account?.index && creator !== undefined,
    'a withheld reward near a creator’s limit': Number(onHold) > 0,
    'bought credits funded a transfer': Number(facts.fundedPaid) > 0,
  }
  return Object.entries(touched).flatMap(([name, isTouched]) => (isTouched ? [name] : []))
}

/** Counts the final states of a run. */
export function countLeft(reached: Reached, accounts: ModelAccount[]): void {
  const grants = accounts.flatMap((account) => account.grants)
  const entries = accounts.flatMap((account) => account.entries)
  const creators = [...new Set(APP_CREATORS)].map((creator) => ({
    net: netOf(earningsFrom(accounts, creator)) - (accounts[creator]?.transferred ?? 0),
    onHold: earningsFrom(accounts, creator).onHold,
  }))
  const left = {
    'accounts whose plan ended': accounts.filter(
      (account) => account.plan === 'free' && account.grants.some(isPaid),
    ).length,
    'accounts on a paid plan without an allowance (past due)': accounts.filter(
      (account) =>
        account.plan !== 'free' &&
        !account.grants.some((one) => isPaid(one) && Number(one.expiresAt) > account.movedAt),
    ).length,
    'later months of a yearly plan': accounts
      .flatMap(({ lines }) => lines)
      .reduce((sum, { begun }) => sum + begun - 1, 0),
    'accounts with an upgrade': accounts.filter(({ upgrades }) => upgrades > 0).length,
    trials: grants.filter((grant) => isPaid(grant) && grant.paid === 0).length,
    'grants with a shortfall': grants.filter((grant) => grant.shortfall > 0).length,
    'credits restored after a failed refund': entries.filter((entry) => entry.kind === 'restore').length,
    'creators who owe': creators.filter(({ net }) => net < 0).length,
    'creators with withheld rewards': creators.filter(({ onHold }) => onHold > 0).length,
  }
  addReached(reached, new Map(Object.entries(left).filter(([, times]) => times > 0)))
}
