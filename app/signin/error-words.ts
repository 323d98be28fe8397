const LINK_USED = {
  title: 'This link no longer works',
  text: 'It works once, within 24 hours. Ask for a new one below.',
}
const PORTAL_LINK_USED = {
  title: 'This link no longer works',
  text: 'It works once, within five minutes. Go back to where you came from and open it again, or sign in below.',
}
const NOT_SENT = {
  title: 'The e-mail could not be sent',
  text: 'Check the address and try again in a minute. Nothing was changed.',
}
const NOT_FINISHED = {
  title: 'Signing in was not finished',
  text: 'The sign-in service cancelled or took too long to respond. Try again.',
}

/** The message for the error code in the URL; null if there is no code. The codes are next-auth's and our own. */
export function errorWords(code: string | undefined): { title: string; text: string } | null {
  switch (code) {
    case undefined:
      return null
    case 'EmailNotVerified':
      return {
        title: 'Your e-mail address is not verified there',
        text: 'Verify it with the service you signed in with, or sign in another way. Nothing was changed.',
      }
    case 'OAuthAccountNotLinked':
      return {
        title: 'This e-mail address uses another way to sign in',
        text: 'Sign in the way you did before.',
      }
    case 'Verification':
      return LINK_USED
    case 'link':
      return PORTAL_LINK_USED
    case 'EmailSignin':
    case 'EmailCreateAccount':
      return NOT_SENT
    case 'TooManyAttempts':
      return {
        title: 'Too many attempts to sign in',
        text: 'Wait a minute and try again. An e-mail that was already sent still works.',
      }
    case 'AccessDenied':
    case 'OAuthSignin':
    case 'OAuthCallback':
    case 'OAuthCreateAccount':
    case 'Callback':
      return NOT_FINISHED
    default:
      return {
        title: 'You could not be signed in',
        text: 'Try again, or choose another way. Nothing was changed.',
      }
  }
}
