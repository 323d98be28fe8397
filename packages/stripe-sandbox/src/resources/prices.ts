import Stripe from 'stripe'
import { checkStep } from '../core/currencies'
import { invalid, noSuch } from '../core/errors'
import { idOf, stripeId } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { get, post, type Route } from '../core/routes'
import { copy } from '../core/store'
import type { World } from '../core/world'
import { findProduct, productFromData } from './products'

const INTERVALS = ['day', 'week', 'month', 'year'] as const
const TAX_BEHAVIORS = ['exclusive', 'inclusive', 'unspecified'] as const

export function findPrice(world: World, id: string, param = 'id'): Stripe.Price {
  const found = world.store.prices.get(id)
  if (found === undefined) throw noSuch('price', id, param)
  return found
}

type PriceFields = {
  active: boolean
  currency: string
  lookupKey: string | null
  metadata: Stripe.Metadata
  nickname: string | null
  product: string
  recurring: Stripe.Price.Recurring | null
  taxBehavior: Stripe.Price.TaxBehavior
  unitAmount: number
}

function buildPrice(world: World, fields: PriceFields): Stripe.Price {
  return {
    id: stripeId('price'),
    object: 'price',
    active: fields.active,
    billing_scheme: 'per_unit',
    created: world.now(),
    currency: fields.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: fields.lookupKey,
    metadata: fields.metadata,
    nickname: fields.nickname,
    product: fields.product,
    recurring: fields.recurring,
    tax_behavior: fields.taxBehavior,
    tiers_mode: null,
    transform_quantity: null,
    type: fields.recurring === null ? 'one_time' : 'recurring',
    unit_amount: fields.unitAmount,
    unit_amount_decimal: Stripe.Decimal.from(fields.unitAmount),
  }
}

/** Reads the parameters that `POST /v1/prices` shares with a checkout line's `price_data`, without changing anything. */
function readPrice(world: World, params: Params) {
  const currency = params.required('currency')
  if (!/^[a-z]{3}$/i.test(currency)) throw invalid(`Invalid currency: ${currency}`, params.name('currency'))
  const unitAmount = params.integer('unit_amount')
  if (unitAmount === undefined) {
    throw invalid('Missing required param: unit_amount.', params.name('unit_amount'), 'parameter_missing')
  }
  if (unitAmount < 0) throw invalid('Invalid non-negative integer', params.name('unit_amount'))
  checkStep(unitAmount, currency.toLowerCase(), params.name('unit_amount'))
  const taxBehavior = params.oneOf('tax_behavior', TAX_BEHAVIORS) ?? 'unspecified'
  const recurring = params.object('recurring')
  const interval = recurring?.oneOf('interval', INTERVALS)
  if (recurring !== undefined && interval === undefined) {
    throw invalid('Missing required param: interval.', recurring.name('interval'), 'parameter_missing')
  }
  const productId = params.text('product')
  const data = params.object('product_data')
  if ((productId === undefined) === (data === undefined)) {
    throw invalid('You must specify either `product` or `product_data`.', params.name('product'))
  }
  const makeProduct = data === undefined ? null : productFromData(data)
  const product = productId === undefined ? null : findProduct(world, productId, params.name('product'))
  return {
    currency: currency.toLowerCase(),
    unitAmount,
    recurring:
      interval === undefined
        ? null
        : {
            interval,
            interval_count: recurring?.integer('interval_count') ?? 1,
            meter: null,
            trial_period_days: null,
            usage_type: 'licensed' as const,
          },
    taxBehavior,
    options: readOptions(params, taxBehavior),
    product: () => product ?? makeProduct?.(world) ?? null,
  }
}

/** The amounts in other currencies, by currency code. */
function readOptions(
  params: Params,
  taxBehavior: Stripe.Price.TaxBehavior,
): Record<string, Stripe.Price.CurrencyOptions> {
  const options = params.object('currency_options')
  return Object.fromEntries(
    (options?.keys() ?? []).map((currency) => {
      const option = options?.object(currency)
      const amount = option?.integer('unit_amount')
      if (option === undefined || amount === undefined) {
        throw invalid('Missing required param: unit_amount.', `currency_options[${currency}][unit_amount]`)
      }
      checkStep(amount, currency, option.name('unit_amount'))
      const fields = {
        custom_unit_amount: null,
        tax_behavior: option.oneOf('tax_behavior', TAX_BEHAVIORS) ?? taxBehavior,
        unit_amount: amount,
        unit_amount_decimal: Stripe.Decimal.from(amount),
      }
      return [currency, fields]
    }),
  )
}

function withProduct(
  world: World,
  read: ReturnType<typeof readPrice>,
  rest: Partial<PriceFields>,
): Stripe.Price {
  const product = read.product()
  if (product === null) throw invalid('You must specify either `product` or `product_data`.', 'product')
  const price = buildPrice(world, {
    active: true,
    currency: read.currency,
    lookupKey: null,
    metadata: {},
    nickname: null,
    product: product.id,
    recurring: read.recurring,
    taxBehavior: read.taxBehavior,
    unitAmount: read.unitAmount,
    ...rest,
  })
  world.store.prices.put(price)
  keepOptions(world, price, read.options)
  return price
}

/** Stores the amounts in all currencies, including the price's own, as Stripe does. */
function keepOptions(
  world: World,
  price: Stripe.Price,
  added: Record<string, Stripe.Price.CurrencyOptions>,
): void {
  const { id, currency, custom_unit_amount, tax_behavior, unit_amount, unit_amount_decimal } = price
  const own = { custom_unit_amount, tax_behavior, unit_amount, unit_amount_decimal }
  const before = world.store.priceOptions.get(id)?.options
  world.store.priceOptions.put({ id, options: { ...before, [currency]: own, ...added } })
}

/**
 * Creates the inactive price of a checkout line's `price_data`, as Stripe does. Called once the whole call is known to be
 * valid.
 */
export function priceFromData(
  world: World,
  data: Params,
): { recurring: Stripe.Price.Recurring | null; make: () => Stripe.Price } {
  const read = readPrice(world, data)
  return { recurring: read.recurring, make: () => withProduct(world, read, { active: false }) }
}

/** Claims a lookup key, which belongs to one price. Moving it requires `transfer_lookup_key`. */
function claimLookupKey(world: World, key: string, transfer: boolean, claimant: string | null): void {
  const holder = world.store.prices.all().find((price) => price.lookup_key === key && price.id !== claimant)
  if (holder === undefined) return
  if (!transfer) {
    throw invalid(
      `A price (\`${holder.id}\`) already uses that lookup key. Use \`transfer_lookup_key: true\` to move it.`,
      'lookup_key',
    )
  }
  holder.lookup_key = null
  world.emit('price.updated', holder, { lookup_key: key })
}

function create(world: World, params: Params): Stripe.Price {
  const read = readPrice(world, params)
  const lookupKey = params.text('lookup_key') ?? null
  const transfer = params.boolean('transfer_lookup_key') ?? false
  const rest = {
    active: params.boolean('active') ?? true,
    lookupKey,
    metadata: mergeMetadata({}, params.metadata()),
    nickname: params.text('nickname') ?? null,
  }
  params.finish()
  if (lookupKey !== null) claimLookupKey(world, lookupKey, transfer, null)
  const price = withProduct(world, read, rest)
  world.emit('price.created', price)
  return price
}

function update(world: World, params: Params, id: string): Stripe.Price {
  const price = findPrice(world, id)
  const active = params.boolean('active')
  const nickname = params.nullable('nickname')
  const lookupKey = params.nullable('lookup_key')
  const transfer = params.boolean('transfer_lookup_key') ?? false
  const metadata = params.metadata()
  const taxBehavior = params.oneOf('tax_behavior', TAX_BEHAVIORS)
  const options = readOptions(params, taxBehavior ?? price.tax_behavior ?? 'unspecified')
  params.finish()
  if (lookupKey) claimLookupKey(world, lookupKey, transfer, id)
  const before = copy(price)
  if (active !== undefined) price.active = active
  if (nickname !== undefined) price.nickname = nickname
  if (lookupKey !== undefined) price.lookup_key = lookupKey
  if (taxBehavior !== undefined) price.tax_behavior = taxBehavior
  price.metadata = mergeMetadata(price.metadata, metadata)
  keepOptions(world, price, options)
  world.emit('price.updated', price, { active: before.active, lookup_key: before.lookup_key })
  return price
}

const KEYS_MAX = 10

function list(world: World, params: Params): Stripe.ApiList<Stripe.Price> {
  const active = params.boolean('active')
  const currency = params.text('currency')
  const product = params.text('product')
  const type = params.oneOf('type', ['one_time', 'recurring'])
  const keys = params.strings('lookup_keys')
  if (keys.length > KEYS_MAX) throw invalid('Too many lookup keys.', 'lookup_keys')
  const created = createdFilter(params)
  const rows = world.store.prices.newestFirst(
    (price) =>
      (active === undefined || price.active === active) &&
      (currency === undefined || price.currency === currency) &&
      (product === undefined || idOf(price.product) === product) &&
      (type === undefined || price.type === type) &&
      (keys.length === 0 || (price.lookup_key !== null && keys.includes(price.lookup_key))) &&
      created(price),
  )
  return page(params, rows, '/v1/prices')
}

export const priceRoutes: Route[] = [
  post('/v1/prices', ({ world, params }) => create(world, params)),
  get('/v1/prices', ({ world, params }) => list(world, params)),
  get('/v1/prices/:id', ({ world, params, id }) => {
    params.finish()
    return findPrice(world, id)
  }),
  post('/v1/prices/:id', ({ world, params, id }) => update(world, params, id)),
]
