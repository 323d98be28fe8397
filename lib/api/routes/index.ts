import type { Route } from '../route'
import { appRoutes } from './apps'
import { balanceRoutes } from './balance'
import { billingRoutes } from './billing'
import { catalogRoutes } from './catalog'
import { catalogVersionRoutes } from './catalog-versions'
import { chargeBatchRoutes } from './charge-batches'
import { chargeRoutes } from './charges'
import { checkoutRoutes } from './checkout'
import { eventRoutes } from './events'
import { grantRoutes } from './grants'
import { healthRoutes } from './health'
import { holdRoutes } from './holds'
import { invoiceRoutes } from './invoices'
import { limitRoutes } from './limits'
import { metricsRoutes } from './metrics'
import { operationRoutes } from './operations'
import { portalLinkRoutes } from './portal-links'
import { quoteRoutes } from './quotes'
import { rewardRoutes } from './rewards'
import { runRoutes } from './runs'
import { statementRoutes } from './statement'
import { testClockRoutes } from './test-clock'
import { usageRoutes } from './usage'
import { userRoutes } from './users'
import { webhookEndpointRoutes } from './webhook-endpoints'

/** Every route of the contract. A resource is a file that exports its routes, listed here. */
export const routes: Route[] = [
  ...operationRoutes,
  ...catalogRoutes,
  ...catalogVersionRoutes,
  ...quoteRoutes,
  ...holdRoutes,
  ...chargeRoutes,
  ...chargeBatchRoutes,
  ...runRoutes,
  ...userRoutes,
  ...balanceRoutes,
  ...usageRoutes,
  ...limitRoutes,
  ...grantRoutes,
  ...appRoutes,
  ...rewardRoutes,
  ...statementRoutes,
  ...checkoutRoutes,
  ...billingRoutes,
  ...invoiceRoutes,
  ...portalLinkRoutes,
  ...eventRoutes,
  ...webhookEndpointRoutes,
  ...healthRoutes,
  ...metricsRoutes,
  ...testClockRoutes,
]
