import { type ToolSet, tool } from 'ai'
import { z } from 'zod'

/** The names of the editor model's tools, which the local model also uses. */
export const EDITOR_TOOL_NAMES = {
  createApp: 'create_app',
  renameApp: 'rename_app',
  setText: 'set_text',
  setColor: 'set_color',
  setStarters: 'set_starters',
} as const

type Texts = { tagline?: string | undefined; placeholder?: string | undefined }
type Starter = { title: string; body: string }

/** The editor's tool handlers. Return values and thrown errors are both passed to the model. */
export type EditorHandlers<Kind extends string, Color extends string> = {
  createApp(input: { kind: Kind; name: string; color?: Color | undefined } & Texts): Promise<unknown>
  renameApp(input: { name: string }): Promise<unknown>
  setText(input: Texts): Promise<unknown>
  setColor(input: { color: Color }): Promise<unknown>
  setStarters(input: { starters: Starter[] }): Promise<unknown>
}

type Choices<Kind extends string, Color extends string> = {
  kinds: readonly [Kind, ...Kind[]]
  colors: readonly [Color, ...Color[]]
}

/** The editor's tools, with the kinds and colours an app can have. The handlers validate the values again. */
export function editorTools<Kind extends string, Color extends string>(
  { kinds, colors }: Choices<Kind, Color>,
  handlers: EditorHandlers<Kind, Color>,
): ToolSet {
  const kind = z.enum(kinds)
  const color = z.enum(colors)
  const texts = {
    tagline: z.string().optional().describe('What the app is for, in a sentence.'),
    placeholder: z.string().optional().describe('The placeholder of the empty input field.'),
  }
  return {
    [EDITOR_TOOL_NAMES.createApp]: tool({
      description: 'Create the app. text: writes, searches, reads pages. media: pictures, voice, video.',
      inputSchema: z.object({ kind, name: z.string(), color: color.optional(), ...texts }),
      execute: (input) => handlers.createApp(input),
    }),
    [EDITOR_TOOL_NAMES.renameApp]: tool({
      description: 'Give the app another name.',
      inputSchema: z.object({ name: z.string() }),
      execute: (input) => handlers.renameApp(input),
    }),
    [EDITOR_TOOL_NAMES.setText]: tool({
      description: 'Change what the app says about itself.',
      inputSchema: z.object(texts),
      execute: (input) => handlers.setText(input),
    }),
    [EDITOR_TOOL_NAMES.setColor]: tool({
      description: 'Change the colour of the app.',
      inputSchema: z.object({ color }),
      execute: (input) => handlers.setColor(input),
    }),
    [EDITOR_TOOL_NAMES.setStarters]: tool({
      description: 'Replace what people find in the app when they first open it.',
      inputSchema: z.object({ starters: z.array(z.object({ title: z.string(), body: z.string() })) }),
      execute: (input) => handlers.setStarters(input),
    }),
  }
}

const NO_APP = 'There is no app yet.'

/** The system prompt of the editor's model. `app`: the current app, or null before there is one. */
export function editorSystem(app: object | null): string {
  return [
    'You build small apps by calling tools. Do what is asked with as few calls as possible, then say in a sentence or two',
    'what you changed. Never invent features the tools cannot make.',
    app === null ? NO_APP : `The app as it is now: ${JSON.stringify(app)}`,
  ].join('\n')
}

/** Returns true if the system prompt says that there is no app yet. */
export function hasNoApp(system: string): boolean {
  return system.includes(NO_APP)
}
