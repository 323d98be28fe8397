import type { Route } from '../core/routes'
import { accountRoutes } from './account'
import { balanceRoutes } from './balance'
import { checkoutRoutes } from './checkout-sessions'
import { couponRoutes } from './coupons'
import { creditNoteRoutes } from './credit-notes'
import { customerRoutes } from './customers'
import { disputeRoutes } from './disputes'
import { eventRoutes } from './events'
import { invoiceItemRoutes } from './invoice-create'
import { invoicePaymentRoutes } from './invoice-payments'
import { invoiceRoutes } from './invoices'
import { paymentCreateRoutes } from './payment-create'
import { paymentRoutes } from './payments'
import { portalRoutes } from './portal'
import { portalConfigurationRoutes } from './portal-configurations'
import { priceRoutes } from './prices'
import { productRoutes } from './products'
import { promotionCodeRoutes } from './promotion-codes'
import { refundRoutes } from './refunds'
import { savedMethodRoutes } from './saved-methods'
import { scheduleRoutes } from './schedules'
import { subscriptionRoutes } from './subscriptions'
import { taxIdRoutes } from './tax-ids'

export const ROUTES: Route[] = [
  ...accountRoutes,
  ...balanceRoutes,
  ...checkoutRoutes,
  ...couponRoutes,
  ...creditNoteRoutes,
  ...customerRoutes,
  ...disputeRoutes,
  ...eventRoutes,
  ...invoiceItemRoutes,
  ...invoicePaymentRoutes,
  ...invoiceRoutes,
  ...paymentCreateRoutes,
  ...paymentRoutes,
  ...portalConfigurationRoutes,
  ...portalRoutes,
  ...priceRoutes,
  ...productRoutes,
  ...promotionCodeRoutes,
  ...refundRoutes,
  ...savedMethodRoutes,
  ...scheduleRoutes,
  ...subscriptionRoutes,
  ...taxIdRoutes,
]
