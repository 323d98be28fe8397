import { redirect } from 'next/navigation'

/** Answers "where are my settings?": they begin with the credits. */
export default function SettingsPage() {
  redirect('/settings/credits')
}
