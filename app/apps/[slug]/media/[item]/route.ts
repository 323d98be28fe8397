import { getViewer, pageContext } from '@/lib/auth/viewer'
import { NotFound } from '@/lib/errors'
import { readMedia } from '@/lib/studio/read-media'
import { getStudioApp } from '@/lib/studio/studio-app'

/** Media types that are shown as an image, audio or video; other types are only offered as downloads. */
const SHOWN =
  /^(image\/(png|jpeg|webp|gif|avif|svg\+xml)|audio\/(mpeg|wav|x-wav|ogg|mp4|aac|flac|webm)|video\/(mp4|webm|quicktime))$/

type Route = { params: Promise<{ slug: string; item: string }> }

/** The bytes of one of the signed-in person's items. They never change. */
export async function GET(_request: Request, { params }: Route): Promise<Response> {
  const viewer = await getViewer()
  if (viewer === null) return new Response('Sign in first.', { status: 401 })
  const ctx = pageContext(viewer)
  const { slug, item } = await params
  try {
    const { id: appId } = await getStudioApp(ctx, slug)
    const { type, bytes } = await readMedia(ctx, { appId, item })
    return new Response(new Uint8Array(bytes), {
      headers: {
        'content-type': SHOWN.test(type) ? type : 'application/octet-stream',
        // An SVG is a document; opened directly, it must not run scripts.
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        'cache-control': 'private, max-age=31536000, immutable',
      },
    })
  } catch (error) {
    if (error instanceof NotFound) return new Response(error.message, { status: 404 })
    throw error
  }
}
