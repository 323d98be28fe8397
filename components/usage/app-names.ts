/** What people call the apps they used, by public id. */
export type AppNames = Readonly<Record<string, string>>

/** An app that came into use after the page was made goes by its id until the page is made anew. */
export function appName(names: AppNames, id: string): string {
  return names[id] ?? id
}
