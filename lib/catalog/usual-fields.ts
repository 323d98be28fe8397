import type { CatalogDocument } from './document'

/** An amount that operators change often: its place in the document, as refusals name it, and what it is. */
export type UsualField = { place: string; group: string; label: string; value: number }

/** The prices of operations, the premium, and the credits and prices of plans and packs, in the order of the document. */
export function usualFields(document: CatalogDocument): UsualField[] {
  const { operations, usageFields, plans, packs, premium } = document
  const rates = operations.flatMap(({ name, rates: priced = {}, minimum, surcharge }, index) => {
    const at = (part: string, label: string, value: number) => ({
      place: `operations[${index}].${part}`,
      ...{ group: name, label, value },
    })
    const fields = Object.entries(priced).map(([key, { amount, per }]) => {
      const field = usageFields.find((known) => known.key === key)
      const words =
        per === 1 ? (field?.singular ?? key) : `${per.toLocaleString('en')} ${field?.plural ?? key}`
      return at(`rates.${key}.amount`, `Per ${words}`, amount)
    })
    if (minimum) fields.push(at('minimum', 'At least', minimum))
    if (typeof surcharge === 'number') fields.push(at('surcharge', 'Each time', surcharge))
    return fields
  })
  const sold = [
    ...plans.map(({ name, credits, prices = {} }, index) => ({
      ...{ name, credits, prices, label: 'A month', list: `plans[${index}]` },
    })),
    ...packs.map(({ name, credits, prices }, index) => ({
      ...{ name, credits, prices, label: 'Credits', list: `packs[${index}]` },
    })),
  ].flatMap(({ name: group, credits, prices, label, list }) => [
    { place: `${list}.credits`, group, label, value: credits },
    ...Object.entries(prices).map(([currency, value]) => ({
      place: `${list}.prices.${currency}`,
      ...{ group, label: `Price in ${currency.toUpperCase()}, in minor units`, value, unit: currency },
    })),
  ])
  return [
    ...rates,
    { place: 'premium', group: "Premium to the app's creator", label: 'Share', value: premium },
    ...sold,
  ]
}

/** A copy of the document with other values at places of `usualFields`. Places that it does not have are left out. */
export function withUsual(document: CatalogDocument, values: ReadonlyMap<string, number>): CatalogDocument {
  const copy = structuredClone(document)
  for (const { place } of usualFields(document)) {
    const value = values.get(place)
    const steps = place.split(/[.[\]]+/).filter((step) => step !== '')
    const last = steps.pop()
    if (value === undefined || last === undefined) continue
    let parent: Record<string, unknown> = copy
    for (const step of steps) parent = parent[step] as Record<string, unknown>
    parent[last] = value
  }
  return copy
}
