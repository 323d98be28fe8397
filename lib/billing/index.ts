/**
 * Buying. A page or a route calls these, each `verb(ctx, input)`; amounts of credits are millicredits, money is in minor
 * units. All of them throw `Unavailable` when Stripe cannot answer, with nothing half done.
 *
 * - `startCheckout(ctx, { user?, plan } | { user?, pack }, returnTo?): Promise<{ url, sessionId }>`
 * - `completeCheckout(ctx, { sessionId }): Promise<Checkout>`: what the success page calls; gives the credits if the webhook has not
 * - `openBillingPortal(ctx, { user?, returnTo? }): Promise<{ url }>`
 * - `listInvoices(ctx, { user?, cursor?, limit }): Promise<{ items: InvoiceView[]; nextCursor: string | null }>`
 * - `getBillingState(ctx, { user? }): Promise<BillingState>`
 * - `checkReturnTo(ctx, returnTo): Promise<string>`: the one rule of where people may be sent back to
 * - `nameReturnTo(ctx, address): Promise<string | null>`: the app people go back to, by name
 */
export { checkReturnTo } from './checkout/check-return-to'
export { completeCheckout } from './checkout/complete-checkout'
export { nameReturnTo } from './checkout/name-return-to'
export { startCheckout } from './checkout/start-checkout'
export { openBillingPortal } from './portal/open-billing-portal'
export { getBillingState } from './read/get-billing-state'
export { listInvoices } from './read/list-invoices'
export { refreshBilling } from './repair/refresh-billing'
export * from './types'
