/** The names of used apps by their public ids. */
export type AppNames = Readonly<Record<string, string>>

/** An app first used after the page was rendered is shown by its id until the next rendering. */
export function appName(names: AppNames, id: string): string {
  return names[id] ?? id
}
