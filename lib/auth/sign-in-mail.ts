/** The e-mail with a sign-in link: plain text and a single link, so that mail filters have no reason to block it. */
export function signInMail(url: string): { subject: string; text: string } {
  const { host } = new URL(url)
  return {
    subject: `Sign in to AI Credits at ${host}`,
    text: [
      `Open this link and press its button to sign in to AI Credits at ${host}:`,
      '',
      url,
      '',
      'It works once, within 24 hours. If you did not request it, ignore this e-mail: no one can sign in without the link.',
      '',
    ].join('\n'),
  }
}
