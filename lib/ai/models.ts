import type {
  Experimental_VideoModelV3,
  ImageModelV3,
  LanguageModelV3,
  SharedV3ProviderOptions,
  SpeechModelV3,
} from '@ai-sdk/provider'
import type { ToolSet } from 'ai'
import type { CreditsClient } from './credits-client'
import type { TextOperation } from './text-usage'

export type ImageOperation = 'image.standard' | 'image.advanced'
export type VideoOperation = 'video.standard' | 'video.advanced'

/** A text model and the settings that let it search the web on request. */
type TextModel = {
  model: LanguageModelV3
  /** Tools that the provider runs itself. */
  searchTools?: ToolSet
  providerOptions?: SharedV3ProviderOptions
}

type ImageModel = { model: ImageModelV3; providerOptions?: SharedV3ProviderOptions }

/** The AI behind each operation. */
export type Models = {
  text(operation: TextOperation, options: { webSearch: boolean }): TextModel
  image(operation: ImageOperation): ImageModel
  video(operation: VideoOperation): Experimental_VideoModelV3
  speech(): SpeechModelV3
  /** The readable content of a page. Throws if the URL is not a web URL. */
  readPage(url: string, signal: AbortSignal): Promise<Page>
}

export type Page = { url: string; title: string; text: string }

/** The dependencies of a run: the client that charges and the models that work. */
export type AiDeps = { credits: CreditsClient; models: Models }
