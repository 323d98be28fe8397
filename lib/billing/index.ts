/**
 * Buying. Pages and routes call these functions as `verb(ctx, input)`; amounts of credits are millicredits, money is in
 * minor units. All of them throw `Unavailable` when Stripe cannot answer, and leave no partial changes.
 *
 * - `startCheckout(ctx, { user?, plan } | { user?, pack }, returnTo?): Promise<{ url, sessionId }>`
 * - `findPlanChange(ctx, { user?, plan }): Promise<PlanChange | null>`: the effect of buying a plan for a person who
 *   has one
 * - `changePlan(ctx, { user?, plan, price }): Promise<ChangedPlan>`: makes that change, as confirmed
 * - `keepPlan(ctx, { user? })`: cancels a scheduled change
 * - `completeCheckout(ctx, { sessionId }): Promise<Checkout>`: for the success page; grants the credits if the webhook
 *   has not
 * - `openBillingPortal(ctx, { user?, returnTo? }): Promise<{ url }>`
 * - `listInvoices(ctx, { user?, cursor?, limit }): Promise<{ items: InvoiceView[]; nextCursor: string | null }>`
 * - `getBillingState(ctx, { user? }): Promise<BillingState>`
 * - `checkReturnTo(ctx, returnTo): Promise<string>`: the only check of return URLs
 * - `nameReturnTo(ctx, address): Promise<string | null>`: the name of the app at a return URL
 */
export { changePlan, keepPlan } from './change/change-plan'
export { findPlanChange, type PlanChange } from './change/plan-change'
export { checkReturnTo } from './checkout/check-return-to'
export { completeCheckout } from './checkout/complete-checkout'
export { nameReturnTo } from './checkout/name-return-to'
export { startCheckout } from './checkout/start-checkout'
export { openBillingPortal } from './portal/open-billing-portal'
export { getBillingState } from './read/get-billing-state'
export { listInvoices } from './read/list-invoices'
export { refreshBilling } from './repair/refresh-billing'
export * from './types'
