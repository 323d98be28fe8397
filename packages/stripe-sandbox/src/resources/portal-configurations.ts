import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { stripeId } from '../core/ids'
import { page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { get, post, type Route } from '../core/routes'
import type { World } from '../core/world'

type Features = Stripe.BillingPortal.Configuration.Features

const UPDATES = ['address', 'email', 'name', 'phone', 'shipping', 'tax_id'] as const
const CANCEL_MODES = ['at_period_end', 'immediately'] as const
const PRORATIONS = ['always_invoice', 'create_prorations', 'none'] as const
const OPTIONS = [
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
] as const
const REASONS_OFF = { enabled: false, feedback_options: null, options: [] }

/** The default features of a configuration, all of which are off. */
function nothing(): Features {
  return {
    customer_update: { allowed_updates: [], enabled: false },
    invoice_history: { enabled: false },
    payment_method_update: { enabled: false, payment_method_configuration: null },
    subscription_cancel: {
      cancellation_reason: REASONS_OFF,
      enabled: false,
      mode: 'at_period_end',
      proration_behavior: 'none',
    },
    subscription_pause: { duration: { interval_options: [], type: 'indefinite' }, enabled: false },
    subscription_update: {
      billing_cycle_anchor: null,
      default_allowed_updates: [],
      enabled: false,
      proration_behavior: 'none',
      schedule_at_period_end: { conditions: [] },
      trial_update_behavior: 'end_trial',
    },
  }
}

function build(
  world: World,
  features: Features,
  fields: Partial<Stripe.BillingPortal.Configuration>,
): Stripe.BillingPortal.Configuration {
  const made: Stripe.BillingPortal.Configuration = {
    id: stripeId('bpc'),
    object: 'billing_portal.configuration',
    active: true,
    application: null,
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
    created: world.now(),
    default_return_url: null,
    features,
    is_default: false,
    livemode: false,
    login_page: { enabled: false, url: null },
    metadata: {},
    name: null,
    updated: world.now(),
    ...fields,
  }
  return world.store.portalConfigurations.put(made)
}

/**
 * The dashboard's configuration, which sessions use unless they name another. It allows everything except a change of
 * plan.
 */
export function defaultConfiguration(world: World): Stripe.BillingPortal.Configuration {
  const found = world.store.portalConfigurations.all().find(({ is_default }) => is_default)
  if (found !== undefined) return found
  const features = nothing()
  features.customer_update = { allowed_updates: [...UPDATES], enabled: true }
  features.invoice_history.enabled = true
  features.payment_method_update.enabled = true
  features.subscription_cancel.enabled = true
  return build(world, features, { is_default: true })
}

export function findConfiguration(
  world: World,
  id: string,
  param = 'id',
): Stripe.BillingPortal.Configuration {
  const found = world.store.portalConfigurations.get(id)
  if (found === undefined) throw noSuch('configuration', id, param)
  return found
}

/** Applies the features named in a call to the existing ones. */
function readFeatures(params: Params, before: Features): Features {
  const given = params.object('features')
  const features = structuredClone(before)
  const enabled = (name: keyof Features): Params | undefined => {
    const feature = given?.object(name)
    const isOn = feature?.boolean('enabled')
    if (isOn !== undefined) features[name].enabled = isOn
    return feature
  }
  const customer = enabled('customer_update')
  if (customer?.has('allowed_updates')) {
    const asked = customer.strings('allowed_updates')
    features.customer_update.allowed_updates = UPDATES.filter((update) => asked.includes(update))
  }
  enabled('invoice_history')
  enabled('payment_method_update')
  const cancel = enabled('subscription_cancel')
  features.subscription_cancel.mode = cancel?.oneOf('mode', CANCEL_MODES) ?? features.subscription_cancel.mode
  features.subscription_cancel.proration_behavior =
    cancel?.oneOf('proration_behavior', PRORATIONS) ?? features.subscription_cancel.proration_behavior
  const reason = cancel?.object('cancellation_reason')
  if (reason !== undefined) {
    const asked = reason.strings('options')
    features.subscription_cancel.cancellation_reason = {
      enabled: reason.boolean('enabled') ?? false,
      feedback_options: null,
      options: OPTIONS.filter((option) => asked.includes(option)),
    }
  }
  if (enabled('subscription_update') !== undefined && features.subscription_update.enabled) {
    throw invalid(
      'The sandbox’s portal does not support plan changes.',
      'features[subscription_update][enabled]',
    )
  }
  return features
}

function readProfile(
  params: Params,
  before: Stripe.BillingPortal.Configuration.BusinessProfile | null,
): Stripe.BillingPortal.Configuration.BusinessProfile {
  const given = params.object('business_profile')
  return {
    headline: given?.text('headline') ?? before?.headline ?? null,
    privacy_policy_url: given?.url('privacy_policy_url') ?? before?.privacy_policy_url ?? null,
    terms_of_service_url: given?.url('terms_of_service_url') ?? before?.terms_of_service_url ?? null,
  }
}

function create(world: World, params: Params): Stripe.BillingPortal.Configuration {
  if (!params.has('features')) {
    throw invalid('Missing required param: features.', 'features', 'parameter_missing')
  }
  const features = readFeatures(params, nothing())
  const fields = {
    business_profile: readProfile(params, null),
    default_return_url: params.url('default_return_url') ?? null,
    metadata: mergeMetadata({}, params.metadata()),
    name: params.text('name') ?? null,
  }
  params.finish()
  const made = build(world, features, fields)
  world.emit('billing_portal.configuration.created', made)
  return made
}

function update(world: World, params: Params, id: string): Stripe.BillingPortal.Configuration {
  const found = findConfiguration(world, id)
  const features = readFeatures(params, found.features)
  const profile = readProfile(params, found.business_profile)
  const active = params.boolean('active')
  const returnUrl = params.url('default_return_url')
  const name = params.nullable('name')
  const metadata = params.metadata()
  params.finish()
  found.features = features
  found.business_profile = profile
  if (active !== undefined) found.active = active
  if (returnUrl !== undefined) found.default_return_url = returnUrl
  if (name !== undefined) found.name = name
  found.metadata = mergeMetadata(found.metadata ?? {}, metadata)
  found.updated = world.now()
  world.emit('billing_portal.configuration.updated', found)
  return found
}

export const portalConfigurationRoutes: Route[] = [
  post('/v1/billing_portal/configurations', ({ world, params }) => create(world, params)),
  get('/v1/billing_portal/configurations', ({ world, params }) => {
    const active = params.boolean('active')
    const isDefault = params.boolean('is_default')
    const rows = world.store.portalConfigurations.newestFirst(
      (row) =>
        (active === undefined || row.active === active) &&
        (isDefault === undefined || row.is_default === isDefault),
    )
    return page(params, rows, '/v1/billing_portal/configurations')
  }),
  get('/v1/billing_portal/configurations/:id', ({ world, params, id }) => {
    params.finish()
    return findConfiguration(world, id)
  }),
  post('/v1/billing_portal/configurations/:id', ({ world, params, id }) => update(world, params, id)),
]
