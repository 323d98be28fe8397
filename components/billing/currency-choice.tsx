import { LinkTabs } from '@/components/ui/link-tabs'

type CurrencyChoiceProps = {
  currencies: readonly string[]
  current: string
  /** The URL of the page with prices in a currency. */
  linkTo: (currency: string) => string
}

/** Links to the same prices in other currencies; nothing if there is only one. */
export function CurrencyChoice({ currencies, current, linkTo }: CurrencyChoiceProps) {
  if (currencies.length < 2) return null
  const items = currencies.map((currency) => ({
    href: linkTo(currency),
    label: currency.toUpperCase(),
    current: currency === current,
  }))
  return <LinkTabs label="Currency of the prices" items={items} />
}
