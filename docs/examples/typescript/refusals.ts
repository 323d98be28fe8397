import { credits, type Problem } from './credits'

export type Notice = { message: string; buttons: { label: string; href: string }[]; cheaper?: string }

/**
 * The message and the buttons for a person whose action was refused. Each option would make this very request succeed;
 * after buying, repeat the action: with the same keys, since a refused request leaves nothing behind.
 */
export function noticeOf(problem: Problem): Notice {
  const options = problem.options ?? []
  const buttons = options.flatMap(({ label, href }) => (href === undefined ? [] : [{ label, href }]))
  const cheaper = options.find(({ kind }) => kind === 'cheaper_operation')?.operation
  switch (problem.code) {
    case 'insufficient_credits': // the balance
    case 'budget_exceeded': // the person's own limit for this app
    case 'plan_required': // an advanced operation on the Free plan
      return { message: problem.detail, buttons, ...(cheaper && { cheaper }) }
    case 'consent_required':
      return {
        message: 'Allow this app to spend first.',
        buttons: [{ label: 'Allow', href: problem.href ?? '' }],
      }
    case 'app_paused':
      return { message: 'You have paused this app’s spending.', buttons: [] }
    case 'unavailable':
      return { message: 'AI features are unavailable for a moment. Everything else works.', buttons: [] }
    default:
      // A defect in the integration: log `code`, `detail` and `requestId`.
      return { message: 'This did not work. We have been notified.', buttons: [] }
  }
}

type Refund = { id: string; amount: number; rewardReversed: number }

/** Refunds a charge, in whole or in part, with the reward it caused. Use one key per decision. */
export function refund(charge: string, reason: string, amount?: number): Promise<Refund> {
  return credits('POST', `/charges/${charge}/refund`, {
    key: `refund ${charge} ${amount ?? 'all'}`,
    body: { reason, ...(amount === undefined ? {} : { amount }) },
  })
}
