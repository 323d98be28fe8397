/*
 * Metered AI as an outside platform would build it: over the credits API with a secret key (`credits-client.ts`), for
 * `{ appToken }` of a person who consented to an app, or `{ user }` for a person this platform vouches for.
 *
 *   const deps = await sampleRuntime()                  // null: no key, so the sample apps answer 404
 *   const { usual, most } = await quoteText(deps, { payer, operation, messages, tools })   // typical and maximum price
 *   const run = runText(deps, { payer, action, operation, system, messages, tools, webSearch, limit, signal })
 *   return streamResponse(run)                          // NDJSON, one RunEvent per line; leaving stops the run
 *
 *   quoteUnits / runUnits                               // the same for images, video, speech and page extraction
 *   await run.done                                      // all events once the run is over; never rejects
 *
 * A run holds credits, works, and captures the usage the provider reports. It ends with exactly one of
 *   receipt                        done and charged; `interrupted` when it was stopped or failed half-way
 *   refused                        nothing done, nothing charged; `problem` has the code and the ways out. After `started`,
 *                                  the next step could not be paid and a receipt for the previous steps follows
 *   failed                         nothing came and nothing is charged; or, after a receipt, the result is incomplete;
 *                                  or `due`: the charge could not be confirmed and the caller repeats it (`repeatCapture`)
 * `action` identifies one press of a button: repeating it with the same request joins the run or returns its result and
 * never charges twice. A new press is a new action.
 */
export { CreditsRefusal, type Payer } from './credits-client'
export { editorSystem, editorTools } from './editor-tools'
export type { Due, Run, RunEvent } from './events'
export type { AiDeps } from './models'
export { repeatCapture } from './reservation'
export { quoteText, runText, type TextRequest } from './run-text'
export { quoteUnits, runUnits, type UnitRequest } from './run-units'
export { sampleRuntime } from './runtime'
export { streamResponse } from './stream-response'
