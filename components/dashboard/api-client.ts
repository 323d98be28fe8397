/** An error response from the API. `status` is its HTTP status, such as 401 for an ended session. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  constructor(readonly status: number) {
    super(`the API answered ${status}`)
  }
  get isSignedOut(): boolean {
    return this.status === 401
  }
}

/** The page reports a failure after this time; the next attempt is seconds away. */
const TIMEOUT_MS = 10_000

/** Reads from this origin's API as the signed-in person. Throws `ApiError`, or an error from `fetch`. */
export function getJson<Answer>(path: string, signal: AbortSignal): Promise<Answer> {
  return getPageJson(`/api/v1${path}`, signal)
}

/** Like `getJson`, for a URL outside the API that only pages use. */
export async function getPageJson<Answer>(address: string, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(address, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  })
  if (!response.ok) throw new ApiError(response.status)
  return response.json()
}
