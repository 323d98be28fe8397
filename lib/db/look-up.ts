import DataLoader from 'dataloader'
import type { Pool } from 'pg'
import { processState } from '@/lib/process-state'

/** What was found under each name, in the order of the names; null where there is nothing. */
type Read<Found> = (pool: Pool, names: readonly string[]) => Promise<(Found | null)[]>

/**
 * Looks up a name of `kind` together with all others that concurrent requests, or the items of one batch, ask for: one
 * query for all of them. Nothing is remembered, and one name that the query cannot take fails them all: check it before.
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
