import { type SimulationLine, simulationView } from '@/components/operator/simulation-view'
import { answerLines } from '@/lib/api/stream'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import { currentCatalog, operationEver, planEver } from '@/lib/catalogs/current'
import { DAY_MS } from '@/lib/clock'
import { DomainError, InvalidRequest, NotFound } from '@/lib/errors'
import { logFailure } from '@/lib/http/log'
import { simulateAsStaff } from '@/lib/operator/catalog-as-staff'
import { requireStaff } from '@/lib/operator/require-staff'
import type { Simulation } from '@/lib/simulation/tally'
import { rangeOf } from '@/lib/versions/simulate-version'

/**
 * A simulation of the version over the days `?from=` to `?to=`, as lines of JSON. For everyone but staff, the route does
 * not exist.
 */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ version: string }> },
): Promise<Response> {
  const ctx = pageContext(await getViewer())
  const { searchParams } = new URL(request.url)
  const { version } = await params
  try {
    await requireStaff(ctx)
    const [first, last] = ['from', 'to'].map((name) => dayIn(name, searchParams.get(name)))
    const next = new Date((last?.getTime() ?? 0) + DAY_MS)
    const now = ctx.clock.now()
    const range = rangeOf(now, { from: first, ...(next < now ? { to: next } : {}) })
    const run = await simulateAsStaff(ctx, { version: Number(version), ...range })
    return await answerLines(run, {
      step: (progress): SimulationLine => ({ progress }),
      result: (found): SimulationLine => ({ view: viewOf(found) }),
      failure: (error): SimulationLine => {
        logFailure(error, { requestId: ctx.requestId, route: 'simulation' })
        return { problem: 'The simulation failed. Nothing was changed; try again.' }
      },
    })
  } catch (error) {
    if (error instanceof NotFound) return new Response('Not found.', { status: 404 })
    if (error instanceof DomainError) return new Response(error.message, { status: 422 })
    throw error
  }
}

function dayIn(name: string, text: string | null): Date {
  const day = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text ?? '') ? `${text}T00:00:00Z` : '')
  if (Number.isNaN(day.getTime())) throw InvalidRequest.at(name, 'Choose a day.')
  return day
}

const viewOf = (found: Simulation) =>
  simulationView(found, {
    operation: (key) => operationEver(key)?.name ?? key,
    plan: (key) => planEver(key)?.name ?? key,
    currency: currentCatalog().currencies[0] ?? 'usd',
  })
