/**
 * A local replacement for Stripe, for the demo and for tests. The product is configured to reach it and uses only the
 * `stripe` library; no part of it runs in production.
 */
export type { ChargeRef, PendingEvent, SandboxControl } from './control'
export type { DeliveryResult, WebhookFetch } from './core/delivery'
export type { Faults } from './core/faults'
export { createStripeSandbox, type SandboxOptions, type StripeSandbox } from './sandbox'
export { type RunningStripeSandbox, type StartOptions, startStripeSandbox } from './server'
export { type SharedStripeSandbox, shareStripeSandbox } from './share'
