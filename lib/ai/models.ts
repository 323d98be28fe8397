import type {
  experimental_generateVideo,
  generateImage,
  experimental_generateSpeech as generateSpeech,
  streamText,
  ToolSet,
} from 'ai'
import type { CreditsClient } from './credits-client'
import type { TextOperation } from './text-usage'

export type ImageOperation = 'image.standard' | 'image.advanced'
export type VideoOperation = 'video.standard' | 'video.advanced'

type ModelOf<Call extends (options: never) => unknown> = Parameters<Call>[0] extends { model: infer Model }
  ? Exclude<Model, string>
  : never

/** How to ask for one text: a model, and what lets it search the web when that was asked for. */
export type TextModel = {
  model: ModelOf<typeof streamText>
  /** Tools the provider runs itself. */
  searchTools?: ToolSet
  providerOptions?: Parameters<typeof streamText>[0]['providerOptions']
}

type ImageModel = {
  model: ModelOf<typeof generateImage>
  providerOptions?: Parameters<typeof generateImage>[0]['providerOptions']
}

/** The AI behind each operation. */
export type Models = {
  text(operation: TextOperation, options: { webSearch: boolean }): TextModel
  image(operation: ImageOperation): ImageModel
  video(operation: VideoOperation): ModelOf<typeof experimental_generateVideo>
  speech(): ModelOf<typeof generateSpeech>
  /** The readable content of a page. Throws for an address that is none. */
  readPage(url: string, signal: AbortSignal): Promise<Page>
}

export type Page = { url: string; title: string; text: string }

/** What runs are made of: who pays and what works. */
export type AiDeps = { credits: CreditsClient; models: Models }
