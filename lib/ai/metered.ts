/*
 * Metered AI, as any platform outside would do it: over the credits API with a secret key (`credits-client.ts`), for
 * `{ appToken }` of a person who consented to an app, or `{ user }` for whom this platform vouches.
 *
 *   const deps = await sampleRuntime()                  // null: no key here, so the sample apps answer 404
 *   const { usual, most } = await quoteText(deps, { payer, operation, messages, tools })   // before: about, and at most
 *   const run = runText(deps, { payer, action, operation, system, messages, tools, webSearch, limit, signal })
 *   return streamResponse(run)                          // NDJSON, one RunEvent a line; leaving stops the run
 *
 *   quoteUnits / runUnits                               // the same for images, video, speech and page extraction
 *   await run.done                                      // all events, when the run is over; it never rejects
 *
 * A run reserves (hold), works, and charges what the provider reports (capture). It ends with exactly one of
 *   receipt                        done and charged; `interrupted` when it was stopped, or failed half-way
 *   refused                        nothing done, nothing charged; `problem` has the code and the ways out. After `started`
 *                                  it means that a further step could not be paid: a receipt for the rest follows
 *   failed                         nothing came and nothing is charged, or after a receipt: what it paid for is incomplete;
 *                                  or `due`: the charge could not be confirmed, and is yours to repeat (`repeatCapture`)
 * `action` names one press of a button: repeating it, with the same request, joins the run or tells its result again and
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
