import { checkoutInWords } from '@/components/billing/checkout-words'
import { buttonClass } from '@/components/ui/button'
import { LinkButton } from '@/components/ui/link-button'
import { Panel } from '@/components/ui/panel'
import type { Checkout } from '@/lib/billing'
import type { Balance } from '@/lib/credits/verbs/get-balance'
import { formatWholeCredits } from '@/lib/format'

type CheckoutResultProps = {
  checkout: Checkout
  balance: Balance
  /** The page to return to; null if the buyer came from this product or from a URL that is not allowed. */
  back: { href: string; label: string } | null
  /** The URL of this page, for checking again. */
  here: string
}

/** The result of a checkout, the current balance, and the way back. */
export function CheckoutResult({ checkout, balance, back, here }: CheckoutResultProps) {
  const words = checkoutInWords(checkout, balance)
  const way = back ?? { href: '/settings/credits', label: 'Go to your credits' }
  return (
    <Panel>
      <h1 className="text-2xl font-medium tracking-tight tabular-nums">{words.title}</h1>
      <p className="mt-2 max-w-prose text-sm text-muted tabular-nums">{words.text}</p>
      <p className="mt-6 tabular-nums">
        <span className="text-figure">{formatWholeCredits(balance.available)}</span>{' '}
        <span className="ml-1 text-base">credits left</span>
      </p>
      <div className="mt-8 flex flex-wrap gap-3">
        {words.next === 'again' && (
          <LinkButton href="/settings/billing" variant="primary">
            Choose again
          </LinkButton>
        )}
        {/* A plain link, because a full page load shows the new purchase. */}
        <a href={way.href} className={buttonClass(words.next === 'again' ? 'secondary' : 'primary')}>
          {way.label}
        </a>
        {words.next === 'wait' && (
          <LinkButton href={here} prefetch={false}>
            Look again
          </LinkButton>
        )}
        {words.next === 'done' && <LinkButton href="/settings/billing">See plan and invoices</LinkButton>}
      </div>
    </Panel>
  )
}
