import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { idOf, stripeId } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { del, get, post, type Route } from '../core/routes'
import { copy } from '../core/store'
import type { World } from '../core/world'

export function findProduct(world: World, id: string, param = 'id'): Stripe.Product {
  const found = world.store.products.get(id)
  if (found === undefined) throw noSuch('product', id, param)
  return found
}

type ProductFields = {
  id?: string
  name: string
  active?: boolean
  description?: string | null
  images?: string[]
  metadata?: Stripe.Metadata
  statementDescriptor?: string | null
  taxCode?: string | null
  unitLabel?: string | null
  url?: string | null
}

function createProduct(world: World, fields: ProductFields): Stripe.Product {
  const product: Stripe.Product = {
    id: fields.id ?? stripeId('prod', 14),
    object: 'product',
    active: fields.active ?? true,
    created: world.now(),
    default_price: null,
    description: fields.description ?? null,
    images: fields.images ?? [],
    livemode: false,
    marketing_features: [],
    metadata: fields.metadata ?? {},
    name: fields.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: fields.statementDescriptor ?? null,
    tax_code: fields.taxCode ?? null,
    tax_details: null,
    type: 'service',
    unit_label: fields.unitLabel ?? null,
    updated: world.now(),
    url: fields.url ?? null,
  }
  world.store.products.put(product)
  world.emit('product.created', product)
  return product
}

function readFields(params: Params) {
  return {
    name: params.text('name'),
    active: params.boolean('active'),
    description: params.nullable('description'),
    images: params.has('images') ? params.strings('images') : undefined,
    statementDescriptor: params.nullable('statement_descriptor'),
    taxCode: params.nullable('tax_code'),
    unitLabel: params.nullable('unit_label'),
    url: params.nullable('url'),
  }
}

/** Reads `product_data` of a price or a checkout line and returns a function that creates the product. */
export function productFromData(data: Params): (world: World) => Stripe.Product {
  const name = data.required('name')
  const fields = readFields(data)
  const metadata = mergeMetadata({}, data.metadata())
  return (world) => createProduct(world, { ...fields, name, metadata })
}

function create(world: World, params: Params): Stripe.Product {
  const name = params.required('name')
  const id = params.text('id')
  const fields = readFields(params)
  const metadata = mergeMetadata({}, params.metadata())
  params.finish()
  if (id !== undefined && world.store.products.get(id) !== undefined) {
    throw invalid('Product already exists.', 'id', 'resource_already_exists')
  }
  return createProduct(world, { ...fields, id, name, metadata })
}

function update(world: World, params: Params, id: string): Stripe.Product {
  const product = findProduct(world, id)
  const fields = readFields(params)
  const metadata = params.metadata()
  const defaultPrice = params.nullable('default_price')
  params.finish()
  if (defaultPrice && world.store.prices.get(defaultPrice) === undefined) {
    throw noSuch('price', defaultPrice, 'default_price')
  }
  const before = copy(product)
  if (fields.name !== undefined) product.name = fields.name
  if (fields.active !== undefined) product.active = fields.active
  if (fields.description !== undefined) product.description = fields.description
  if (fields.images !== undefined) product.images = fields.images
  if (fields.statementDescriptor !== undefined) product.statement_descriptor = fields.statementDescriptor
  if (fields.taxCode !== undefined) product.tax_code = fields.taxCode
  if (fields.unitLabel !== undefined) product.unit_label = fields.unitLabel
  if (fields.url !== undefined) product.url = fields.url
  if (defaultPrice !== undefined) product.default_price = defaultPrice
  product.metadata = mergeMetadata(product.metadata, metadata)
  product.updated = world.now()
  world.emit('product.updated', product, {
    name: before.name,
    active: before.active,
    updated: before.updated,
  })
  return product
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.Product> {
  const active = params.boolean('active')
  const ids = params.strings('ids')
  const created = createdFilter(params)
  const rows = world.store.products.newestFirst(
    (product) =>
      (active === undefined || product.active === active) &&
      (ids.length === 0 || ids.includes(product.id)) &&
      created(product),
  )
  return page(params, rows, '/v1/products')
}

function remove(world: World, params: Params, id: string): Stripe.DeletedProduct {
  const product = findProduct(world, id)
  params.finish()
  if (world.store.prices.all().some((price) => idOf(price.product) === id)) {
    throw invalid('This product cannot be deleted because it has one or more user-created prices.')
  }
  world.store.products.delete(id)
  world.emit('product.deleted', product)
  return { id, object: 'product', deleted: true }
}

export const productRoutes: Route[] = [
  post('/v1/products', ({ world, params }) => create(world, params)),
  get('/v1/products', ({ world, params }) => list(world, params)),
  get('/v1/products/:id', ({ world, params, id }) => {
    params.finish()
    return findProduct(world, id)
  }),
  post('/v1/products/:id', ({ world, params, id }) => update(world, params, id)),
  del('/v1/products/:id', ({ world, params, id }) => remove(world, params, id)),
]
