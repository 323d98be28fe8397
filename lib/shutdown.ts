import { processState } from './process-state'

type Step = () => Promise<void> | void

const steps = () => processState<Step[]>('shutdown.steps', () => [])

/**
 * Registers work for an orderly end of the process, such as sending what is still gathered. Runs after the last request
 * was answered and before the database connections close; the last one registered runs first.
 */
export function onShutdown(step: Step): void {
  steps().push(step)
}

/** Runs every registered step once; a failing one is reported and does not keep the others from running. */
export async function runShutdownSteps(): Promise<void> {
  for (const step of steps().splice(0).reverse()) {
    try {
      await step()
    } catch (error) {
      console.error('shutdown:', error)
    }
  }
}
