import type { IncomingMessage } from 'node:http'

/** Sent by a page's script with a server action, but not by a form posted without scripts. */
const ACTION_HEADER = 'next-action'
const MULTIPART = /^multipart\/form-data\s*;/i

const NO_FORM = { status: 400, words: 'A form was expected' } as const

/**
 * The reason to refuse a server action whose form is missing or malformed, to which Next would respond with an error of its
 * own; null for any other request. Every server action of the product takes a form. Reads the body and puts it back, so
 * `refuseBody` must limit its size first.
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

/** Reads a body of known length and leaves it to be read again; null if the client disconnects first. */
function peekBody(request: IncomingMessage, length: number): Promise<Buffer | null> {
  if (length === 0) return Promise.resolve(null)
  return new Promise((resolve) => {
    const settle = (body: Buffer | null) => {
      request.off('readable', take).off('close', leave)
      // Must happen in the same turn as the read, before the stream reports its end.
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

/** The arguments of an action are a JSON list that refers to the form's other fields. */
function isArguments(field: FormDataEntryValue | null): boolean {
  if (typeof field !== 'string') return false
  try {
    return Array.isArray(JSON.parse(field))
  } catch {
    return false
  }
}
