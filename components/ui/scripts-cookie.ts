/** Set for a browser without scripts, as detected by its first page (`app/streamed.tsx`). */
export const SCRIPTS_OFF_COOKIE = 'scripts-off'
