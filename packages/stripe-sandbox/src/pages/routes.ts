import type { Hono } from 'hono'
import type { World } from '../core/world'
import { checkoutPages } from './checkout-routes'
import type { Around } from './form'
import { invoicePages } from './invoice-routes'
import { portalPages } from './portal-routes'

/** Stripe's hosted pages: checkout, customer portal, invoices and receipts. */
export function mountPages(app: Hono, world: World, around: Around): void {
  checkoutPages(app, world, around)
  portalPages(app, world, around)
  invoicePages(app, world, around)
}
