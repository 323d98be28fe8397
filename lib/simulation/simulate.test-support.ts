import type { Context } from '@/lib/context'
import { type SimulationInput, simulate } from './simulate'
import type { Simulation } from './tally'

/** Runs a simulation to its end. */
export async function simulated(ctx: Context, input: SimulationInput): Promise<Simulation> {
  const run = simulate(ctx, input)
  for (;;) {
    const step = await run.next()
    if (step.done) return step.value
  }
}
