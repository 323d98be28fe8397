/** Turns rows into one array a column, which is how a batch function takes them: `pick` names the columns in its order. */
export function columns<Row>(rows: Row[], ...pick: ((row: Row) => unknown)[]): unknown[][] {
  return pick.map((column) => rows.map(column))
}

/** JSON columns travel as text; null stays SQL's null. */
export function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value)
}
