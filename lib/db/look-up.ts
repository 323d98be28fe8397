import DataLoader from 'dataloader'
import type { Pool } from 'pg'
import { processState } from '@/lib/process-state'

/** Returns the result for each name, in the order of the names; null for a name without one. */
type Read<Found> = (pool: Pool, names: readonly string[]) => Promise<(Found | null)[]>

/**
 * Looks up a name of `kind` in one query together with the names that concurrent requests or the items of a batch look up.
 * Results are not cached. A name that the query cannot process fails the whole query, so callers check names first.
 */
export function lookUp<Found>(
  kind: string,
  pool: Pool,
  name: string,
  read: Read<Found>,
): Promise<Found | null> {
  const loaders = processState(
    `look-ups of ${kind}`,
    () => new WeakMap<Pool, DataLoader<string, Found | null>>(),
  )
  const loader =
    loaders.get(pool) ?? new DataLoader<string, Found | null>((names) => read(pool, names), { cache: false })
  loaders.set(pool, loader)
  return loader.load(name)
}
