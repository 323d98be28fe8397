import type { IncomingMessage } from 'node:http'

/** Sent by the script of a page with a server action; a form posted without script carries none. */
const ACTION_HEADER = 'next-action'
const MULTIPART = /^multipart\/form-data\s*;/i

const NO_FORM = { status: 400, words: 'A form was expected' } as const

/**
 * Why a form is not handed on to Next, which answers a broken one, or an action without one, with a failure of its own;
 * null for a whole form and for everything else. Every server action of the product takes a form. Reads the body and puts
 * it back, so `refuseBody` must have bounded it before.
 */
export async function refuseForm(request: IncomingMessage): Promise<typeof NO_FORM | null> {
  if (request.method !== 'POST') return null
  const isAction = request.headers[ACTION_HEADER] !== undefined
  const type = request.headers['content-type'] ?? ''
  if (!MULTIPART.test(type)) return isAction ? NO_FORM : null
  const body = await peekBody(request, Number(request.headers['content-length'] ?? 0))
  if (body === null) return NO_FORM
  const form = await formOf(body, type)
  return form === null || (isAction && !isArguments(form.get('0'))) ? NO_FORM : null
}

/** The bytes of a body of a known length, which stay to be read again; null when the client goes away before. */
function peekBody(request: IncomingMessage, length: number): Promise<Buffer | null> {
  if (length === 0) return Promise.resolve(null)
  return new Promise((resolve) => {
    const settle = (body: Buffer | null) => {
      request.off('readable', take).off('close', leave)
      // In the same turn as the reading: the stream has not told its end yet.
      if (body !== null) request.unshift(body)
      resolve(body)
    }
    const take = () => {
      const body: Buffer | null = request.read(length)
      if (body !== null) settle(body)
    }
    const leave = () => settle(null)
    request.on('readable', take).on('close', leave)
  })
}

async function formOf(body: Buffer, type: string): Promise<FormData | null> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  } catch {
    return null
  }
}

/** The arguments of an action: a JSON list, which refers to the other fields of the form. */
function isArguments(field: FormDataEntryValue | null): boolean {
  if (typeof field !== 'string') return false
  try {
    return Array.isArray(JSON.parse(field))
  } catch {
    return false
  }
}
