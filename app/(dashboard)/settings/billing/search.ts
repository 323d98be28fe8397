export type BillingSearch = Record<string, string | string[] | undefined>

/**
 * The parameters in the address of the billing page: the offer to show, the currency of the prices, the page to return to, and
 * which page of the invoices and of the statement to show.
 */
export type Asked = {
  plan?: string | undefined
  pack?: string | undefined
  currency?: string | undefined
  returnTo?: string | undefined
  invoices?: string | undefined
  statement?: string | undefined
}

/** Keeps parameters that occur once and are not empty. Their values are still untrusted. */
export function parseSearch(search: BillingSearch): Asked {
  const one = (name: string): string | undefined => {
    const value = search[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  return {
    plan: one('plan'),
    pack: one('pack'),
    currency: one('currency'),
    returnTo: one('returnTo'),
    invoices: one('invoices'),
    statement: one('statement'),
  }
}

/** The URL of the page that confirms a change of plan. */
export function changePath({ plan = '', returnTo }: Pick<Asked, 'plan' | 'returnTo'>): string {
  const query = new URLSearchParams({ plan, ...(returnTo === undefined ? {} : { returnTo }) })
  return `/settings/billing/change?${query}`
}

/** The URL of the billing page with these parameters. */
export function askedPath(asked: Asked): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(asked)) if (value !== undefined) query.set(name, value)
  return query.size === 0 ? '/settings/billing' : `/settings/billing?${query}`
}
