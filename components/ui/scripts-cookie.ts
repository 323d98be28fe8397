/** The cookie set by the first page (`app/streamed.tsx`) in a browser without scripts. */
export const SCRIPTS_OFF_COOKIE = 'scripts-off'
