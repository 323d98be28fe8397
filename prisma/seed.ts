/** Fills a new demo database; called once for a data directory. */
export async function seedDemo(): Promise<void> {}

/** What `npm start` prints below the address: how to sign in as each demo person and a first metered call. */
export async function demoBanner(_address: string): Promise<string> {
  return ''
}
