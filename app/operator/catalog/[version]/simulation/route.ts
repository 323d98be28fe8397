import { type SimulationLine, simulationView } from '@/components/operator/simulation-view'
import { answerLines } from '@/lib/api/stream'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import { currentCatalog, operationEver, planEver } from '@/lib/catalogs/current'
import { DomainError, NotFound } from '@/lib/errors'
import { logFailure } from '@/lib/http/log'
import { simulateAsStaff } from '@/lib/operator/catalog-as-staff'
import type { Simulation } from '@/lib/simulation/tally'

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
    const run = await simulateAsStaff(ctx, {
      version: Number(version),
      from: searchParams.get('from'),
      to: searchParams.get('to'),
    })
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

const viewOf = (found: Simulation) =>
  simulationView(found, {
    operation: (key) => operationEver(key)?.name ?? key,
    plan: (key) => planEver(key)?.name ?? key,
    currency: currentCatalog().currencies[0] ?? 'usd',
  })
