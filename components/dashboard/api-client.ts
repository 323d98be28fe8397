/** The API refused: the session has ended, or something else that `status` tells. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  constructor(readonly status: number) {
    super(`the API answered ${status}`)
  }
  get isSignedOut(): boolean {
    return this.status === 401
  }
}

/** A slower answer is worth less than saying that there is none: the next try is seconds away. */
const TIMEOUT_MS = 10_000

/** Reads the API on the page's own origin, as whoever is signed in. Throws `ApiError`, or what `fetch` throws. */
export function getJson<Answer>(path: string, signal: AbortSignal): Promise<Answer> {
  return getPageJson(`/api/v1${path}`, signal)
}

/** The same of an address that only the pages use. */
export async function getPageJson<Answer>(address: string, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(address, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  })
  if (!response.ok) throw new ApiError(response.status)
  return response.json()
}
