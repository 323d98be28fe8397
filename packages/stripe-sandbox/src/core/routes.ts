import type { Params } from './params'
import type { World } from './world'

/** One API call: its parameters, the `:id` and `:child` in its path, and the world it changes. */
export type Call = { world: World; params: Params; id: string; child: string }

export type Route = {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  handle: (call: Call) => object
}

export const get = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, handle })
export const post = (path: string, handle: Route['handle']): Route => ({ method: 'POST', path, handle })
export const del = (path: string, handle: Route['handle']): Route => ({ method: 'DELETE', path, handle })
