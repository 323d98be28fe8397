/** Set for a browser that runs no scripts, which its first page finds out (`app/streamed.tsx`). */
export const SCRIPTS_OFF_COOKIE = 'scripts-off'
